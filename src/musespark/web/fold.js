// What a run's events add up to: mode, steps, lanes, sources, votes, budget, how it ended. No pictures.

const CUT = new Set(["hung_up", "budget_spent"]); // codes of agents that were stopped, not of what failed
const LAST = new Set(["sources", "vote", "check", "confidence", "budget"]); // of each the last counts

/** One run. `take(events)` folds more events in; afterwards the fields say what is known so far. */
export class Fold {
  constructor() {
    this.mode = "";
    this.asked = "";
    this.reason = "";
    this.state = "running"; // running, done, cancelled, failed
    this.error = null;
    this.steps = []; // {name, task, started, ended, lane, parts: [{kind: "thought" | "tool", …}]}
    this.lanes = new Map(); // id -> {id, name, task, started, ended, state, text, coming, parts, now, result, error}
    this.sources = [];
    this.notices = [];
    this.vote = null;
    this.workspace = "";
    this.check = null;
    this.confidence = null;
    this.budget = null; // {tokens: [used, allowed], seconds: […], money: […]}
    this.usage = { input: 0, output: 0 };
    this.started = 0;
    this.ended = 0;
    this.coming = 0; // pieces of text and thought that the open call gave: about as many as tokens
    this.tools = 0;
    this.parts = new Map(); // thoughts and tools by their ids
  }

  take(events) {
    for (const event of events) this.#one(event);
    return this;
  }

  get going() {
    return this.state === "running";
  }

  #place(event) {
    const lane = event.subagentRunId && this.lanes.get(event.subagentRunId);
    if (lane) return lane;
    let step = this.steps.findLast((each) => !each.ended) ?? this.steps.at(-1);
    if (!step) this.steps.push((step = { name: "answer", task: "", started: this.started, ended: 0, parts: [], silent: true }));
    return step;
  }

  /** A thought or a tool's call begins, in a lane or in a step. */
  #begin(event, id, part) {
    this.parts.set(id, part);
    this.#place(event).parts.push(part);
  }

  #one(event) {
    const at = event.timestamp ?? Date.now();
    const lane = event.subagentRunId ? this.lanes.get(event.subagentRunId) : null;
    const part = this.parts.get(event.type.startsWith("TOOL") ? event.toolCallId : event.messageId);
    switch (event.type) {
      case "RUN_STARTED":
        this.started = at;
        break;
      case "RUN_FINISHED":
      case "RUN_ERROR":
        this.state = event.type === "RUN_ERROR" ? "failed" : event.outcome?.type === "cancelled" ? "cancelled" : "done";
        if (this.state === "failed") this.error = { message: event.message, code: event.code };
        for (const { inputTokens = 0, outputTokens = 0 } of event.usage ?? []) {
          this.usage.input += inputTokens;
          this.usage.output += outputTokens;
        }
        this.#close(at);
        break;
      case "STEP_STARTED":
        this.steps.push({ name: event.stepName, task: "", started: at, ended: 0, parts: [] });
        break;
      case "STEP_FINISHED": {
        const step = this.steps.findLast((each) => each.name === event.stepName && !each.ended);
        if (step) step.ended = at;
        break;
      }
      case "SUBAGENT_STARTED":
        this.lanes.set(event.subagentRunId, {
          id: event.subagentRunId, name: event.name, task: event.description ?? "", started: at, ended: 0,
          state: "going", text: "", coming: 0, parts: [], now: "", result: null, error: "",
        });
        break;
      case "SUBAGENT_FINISHED":
      case "SUBAGENT_ERROR":
        if (lane) Object.assign(lane, { ended: at, state: event.message ? CUT.has(event.code) ? "cut" : "failed" : "done", result: event.result ?? null, error: event.message ?? "", now: "" });
        break;
      case "TEXT_MESSAGE_CONTENT":
        (lane ?? this).coming += 1;
        if (lane) Object.assign(lane, { text: lane.text + event.delta, now: "writes" });
        break;
      case "TEXT_MESSAGE_END":
        (lane ?? this).coming = 0;
        break;
      case "REASONING_MESSAGE_START":
        this.#begin(event, event.messageId, { kind: "thought", text: "" });
        if (lane) lane.now = "thinks";
        break;
      case "REASONING_MESSAGE_CONTENT":
        if (part) part.text += event.delta;
        (lane ?? this).coming += 1;
        break;
      case "TOOL_CALL_START":
        this.#begin(event, event.toolCallId, { kind: "tool", name: event.toolCallName, arguments: "", result: "", ended: 0 });
        this.tools += 1;
        if (lane) lane.now = event.toolCallName;
        break;
      case "TOOL_CALL_ARGS":
        if (part) part.arguments += event.delta;
        (lane ?? this).coming = 0;
        break;
      case "TOOL_CALL_RESULT":
        if (part) Object.assign(part, { result: event.content, ended: at });
        if (lane) lane.now = "thinks";
        break;
      case "CUSTOM":
        this.#own(event.name.replace("musespark.", ""), event.value, lane);
    }
  }

  #own(name, value, lane) {
    if (name === "mode") Object.assign(this, { mode: value.mode, asked: value.asked, reason: value.reason });
    else if (name === "task") {
      const step = this.steps.findLast((each) => each.name === value.step);
      if (step) step.task = value.task;
    } else if (name === "notice") this.notices.push(value);
    else if (name === "workspace") this.workspace = value.text;
    else if (name === "check" && lane) lane.check = value;
    else if (LAST.has(name)) this[name] = value;
  }

  #close(at) {
    this.ended = at;
    for (const step of this.steps) step.ended ||= at;
    for (const lane of this.lanes.values()) {
      if (lane.state === "going") Object.assign(lane, { state: "cut", ended: at, now: "" });
    }
  }
}
