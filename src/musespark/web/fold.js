// What a run's events add up to: mode, steps, lanes, sources, votes, budget, how it ended. No pictures.

/** One run. `take(events)` folds more events in; afterwards the fields say what is known so far. */
export class Fold {
  constructor() {
    this.mode = "";
    this.asked = "";
    this.reason = "";
    this.state = "running"; // running, done, cancelled, failed
    this.error = null;
    this.steps = []; // {name, task, started, ended, lane, parts: [{kind: "thought" | "tool", …}]}
    this.lanes = new Map(); // id -> {id, name, task, started, ended, state, text, pieces, tools, now, result, error}
    this.sources = [];
    this.notices = [];
    this.votes = null;
    this.workspace = "";
    this.check = null;
    this.confidence = null;
    this.budget = null; // {tokens: [used, allowed], seconds: […], money: […]}
    this.usage = [];
    this.started = 0;
    this.ended = 0;
    this.pieces = 0; // of text and thought: about as many as tokens
    this.tools = new Map();
    this.thoughts = new Map();
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

  #one(event) {
    const at = event.timestamp ?? Date.now();
    const lane = event.subagentRunId ? this.lanes.get(event.subagentRunId) : null;
    switch (event.type) {
      case "RUN_STARTED":
        this.started = at;
        break;
      case "RUN_FINISHED":
        this.state = event.outcome?.type === "cancelled" ? "cancelled" : "done";
        this.usage = event.usage ?? [];
        this.#close(at);
        break;
      case "RUN_ERROR":
        this.state = "failed";
        this.error = { message: event.message, code: event.code };
        this.usage = event.usage ?? [];
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
          state: "going", text: "", pieces: 0, parts: [], now: "", result: null, error: "",
        });
        break;
      case "SUBAGENT_FINISHED":
        if (lane) Object.assign(lane, { ended: at, state: "done", result: event.result ?? null, now: "" });
        break;
      case "SUBAGENT_ERROR":
        if (lane) Object.assign(lane, { ended: at, state: "failed", error: event.message, now: "" });
        break;
      case "TEXT_MESSAGE_CONTENT":
        this.pieces += 1;
        if (lane) {
          lane.text += event.delta;
          lane.pieces += 1;
          lane.now = "writes";
        }
        break;
      case "REASONING_MESSAGE_START": {
        const thought = { kind: "thought", text: "" };
        this.thoughts.set(event.messageId, thought);
        this.#place(event).parts.push(thought);
        if (lane) lane.now = "thinks";
        break;
      }
      case "REASONING_MESSAGE_CONTENT": {
        const thought = this.thoughts.get(event.messageId);
        if (thought) thought.text += event.delta;
        this.pieces += 1;
        if (lane) lane.pieces += 1;
        break;
      }
      case "TOOL_CALL_START": {
        const tool = { kind: "tool", name: event.toolCallName, arguments: "", result: "", started: at, ended: 0 };
        this.tools.set(event.toolCallId, tool);
        this.#place(event).parts.push(tool);
        if (lane) lane.now = event.toolCallName;
        break;
      }
      case "TOOL_CALL_ARGS": {
        const tool = this.tools.get(event.toolCallId);
        if (tool) tool.arguments += event.delta;
        break;
      }
      case "TOOL_CALL_RESULT": {
        const tool = this.tools.get(event.toolCallId);
        if (tool) Object.assign(tool, { result: event.content, ended: at });
        if (lane) lane.now = "thinks";
        break;
      }
      case "CUSTOM":
        this.#own(event.name.replace("musespark.", ""), event.value, lane);
    }
  }

  #own(name, value, lane) {
    if (name === "mode") Object.assign(this, { mode: value.mode, asked: value.asked, reason: value.reason });
    else if (name === "task") {
      const step = this.steps.findLast((each) => each.name === value.step);
      if (step) step.task = value.task;
    } else if (name === "sources") this.sources = value;
    else if (name === "notice") this.notices.push(value);
    else if (name === "vote") this.votes = value;
    else if (name === "workspace") this.workspace = value.text;
    else if (name === "check") {
      if (lane) lane.check = value;
      else this.check = value;
    } else if (name === "confidence") this.confidence = value;
    else if (name === "budget") this.budget = value;
  }

  #close(at) {
    this.ended = at;
    for (const step of this.steps) step.ended ||= at;
    for (const lane of this.lanes.values()) {
      if (lane.state === "going") Object.assign(lane, { state: "cut", ended: at, now: "" });
    }
  }
}
