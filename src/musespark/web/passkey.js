// Passkeys: the server asks, a device of the person's answers.

import { ask } from "./api.js";

/** Whether they can be used here: browsers want a server's name, not its number. */
export const passkeys = Boolean(globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) && !/^[\d.]+$|:/.test(location.hostname);

async function answered(place, device) {
  const { options } = await ask("POST", `${place}/options`, undefined, { alone: true });
  return ask("POST", place, { credential: await device(options) }, { alone: true });
}

export const usePasskey = () => answered("/v1/sign-in/passkey", (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }));

export const addPasskey = () => answered("/v1/me/passkeys", (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }));
