// What a run's events add up to: mode, steps, lanes, sources, votes, budget, how it ended. No pictures.

const CUT = new Set(["hung_up", "budget_spent"]); // codes of agents that were stopped, not of what failed
const LAST = new Set(["sources", "vote", "check", "confidence", "budget", "memory", "consent"]); // of each the last counts

/** One run. `take(events)` folds more events in; afterwards the fields say what is known so far. */
export class Fold {
  mode; asked; reason; vote; check; confidence; // of these the last that was told
  budget; // {tokens: [used, allowed], seconds: […], money: […]}
  state = "running"; // running, done, cancelled, failed
  error = null;
  steps = []; // {name, task, started, ended, lane, parts: [{kind: "thought" | "tool", …}]}
  lanes = new Map(); // id -> {id, name, task, started, ended, state, text, coming, parts, now, result, error}
  sources = [];
  notices = [];
  memory; consent; // what was recalled; the question about a purpose
  approvals = []; // calls that wait for the person's yes
  workspace = "";
  usage = { input: 0, output: 0 };
  started = 0;
  ended = 0;
  coming = 0; // pieces of text and thought that the open call gave: about as many as tokens
  tools = 0;
  parts = new Map(); // thoughts and tools by their ids

  take(events) {
    for (const event of events) this.#one(event);
    return this;
  }

  get going() {
    return this.state === "running";
  }

  #step(known) {
    this.steps.push({ task: "", ended: 0, parts: [], ...known });
  }

  /** A thought or a tool's call begins, in a lane, which does that `now`, or in a step. */
  #begin({ subagentRunId }, id, part, now) {
    const lane = this.lanes.get(subagentRunId);
    if (!lane && !this.steps.length) this.#step({ name: "answer", started: this.started, silent: true });
    const place = lane ?? this.steps.findLast((each) => !each.ended) ?? this.steps.at(-1);
    this.parts.set(id, part);
    place.parts.push(part);
    place.now = now;
  }

  #one(event) {
    const { type, timestamp: at = Date.now(), delta } = event;
    const lane = this.lanes.get(event.subagentRunId);
    const its = lane ?? this;
    const part = this.parts.get(type.startsWith("TOOL") ? event.toolCallId : event.messageId);
    if (type === "RUN_STARTED") this.started = at;
    else if (type === "RUN_FINISHED" || type === "RUN_ERROR") this.#end(event, at);
    else if (type === "STEP_STARTED") this.#step({ name: event.stepName, started: at });
    else if (type === "STEP_FINISHED") Object.assign(this.steps.findLast((each) => each.name === event.stepName && !each.ended) ?? {}, { ended: at });
    else if (type === "SUBAGENT_STARTED") {
      const { subagentRunId: id, name, description: task = "" } = event;
      this.lanes.set(id, { id, name, task, started: at, ended: 0, state: "going", text: "", coming: 0, parts: [], now: "", result: null, error: "" });
    } else if (type === "SUBAGENT_FINISHED" || type === "SUBAGENT_ERROR") {
      const { message: error = "", code, result = null } = event;
      if (lane) Object.assign(lane, { ended: at, state: error ? CUT.has(code) ? "cut" : "failed" : "done", result, error, now: "" });
    } else if (type === "TEXT_MESSAGE_CONTENT") {
      its.coming += 1;
      if (lane) Object.assign(lane, { text: lane.text + delta, now: "writes" });
    } else if (type === "TEXT_MESSAGE_END") its.coming = 0;
    else if (type === "REASONING_MESSAGE_START") this.#begin(event, event.messageId, { kind: "thought", text: "" }, "thinks");
    else if (type === "REASONING_MESSAGE_CONTENT") {
      if (part) part.text += delta;
      its.coming += 1;
    } else if (type === "TOOL_CALL_START") {
      const { toolCallId, toolCallName: name } = event;
      this.#begin(event, toolCallId, { kind: "tool", name, arguments: "", result: "", ended: 0 }, name);
      this.tools += 1;
    } else if (type === "TOOL_CALL_ARGS") {
      if (part) part.arguments += delta;
      its.coming = 0;
    } else if (type === "TOOL_CALL_RESULT") {
      if (part) Object.assign(part, { result: event.content, ended: at });
      if (lane) lane.now = "thinks";
    } else if (type === "CUSTOM") this.#own(event.name.replace("musespark.", ""), event.value, lane);
  }

  #own(name, value, lane) {
    if (name === "mode") Object.assign(this, { mode: value.mode, asked: value.asked, reason: value.reason });
    else if (name === "task") {
      const step = this.steps.findLast((each) => each.name === value.step);
      if (step) step.task = value.task;
    } else if (name === "notice") this.notices.push(value);
    else if (name === "approval") this.approvals = [...this.approvals.filter(({ id }) => id !== value.id), value];
    else if (name === "workspace") this.workspace = value.text;
    else if (name === "check" && lane) lane.check = value;
    else if (LAST.has(name)) this[name] = value;
  }

  #end({ type, outcome, message, code, usage = [] }, at) {
    this.state = type === "RUN_ERROR" ? "failed" : outcome?.type === "cancelled" ? "cancelled" : "done";
    if (this.state === "failed") this.error = { message, code };
    for (const { inputTokens = 0, outputTokens = 0 } of usage) {
      this.usage.input += inputTokens;
      this.usage.output += outputTokens;
    }
    this.ended = at;
    for (const step of this.steps) step.ended ||= at;
    for (const lane of this.lanes.values()) {
      if (lane.state === "going") Object.assign(lane, { state: "cut", ended: at, now: "" });
    }
  }
}
