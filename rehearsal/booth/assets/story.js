// Draws the steps of a call and the lead with its receipt. Texts only ever become text nodes.

export function make(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "class") node.className = value;
    else if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function person(who) {
  return who.startsWith("caller ") ? "Caller" : who;
}

const EVENTS = {
  dials: "dials", "picks-up": "picks up", bridged: "talks", room: "in the conference:", presses: "presses",
  says: "says", silent: "presses nothing", waits: "waits", leaves: "leaves", ends: "is not reached:", moved: "is moved",
  created: "is called:", speaks: "speaks", refused: "refused:",
};

// What somebody hears whose phone is played here stands at that phone already.
export function drawStep(step, mine) {
  const at = make("span", { class: "at" }, `${step.at_s.toFixed(1)} s`);
  if (step.kind === "document") return drawDocument(step, at);
  if (step.kind === "status") {
    const lost = step.lost ? " (lost on the way)" : "";
    return make("li", { class: "status" }, at, `status callback ${step.what} for ${person(step.who)} `, make("code", {}, step.template), lost);
  }
  if (step.kind === "hears" && step.sound === "speech" && !mine) {
    return make("li", { class: "event" }, at, `${person(step.who)} hears \u201c${step.text}\u201d`);
  }
  if (step.kind === "line") {
    return make("li", { class: step.what === "refused" ? "refused" : "event" }, at, `${person(step.who)}${inWords(step)}`);
  }
  return null;
}

function inWords(step) {
  if (step.what === "rings") return `'s phone rings, ${step.text.replace(/\+1\d{10}/, spaced)}`;
  if (step.what === "silent") return " stays silent";
  if (step.what === "hangs-up") return step.text ? ` hangs up: ${step.text}` : " hangs up";
  return ` ${EVENTS[step.what] || step.what} ${withWhom(step.text).replace(/\+1\d{10}/, spaced)}`;
}

export function withWhom(text) {
  return text.replace(/\bcaller (\+?\w+)$/, "the caller");
}

export function spaced(number) {
  return number.replace(/^(\+1)(\d{3})(\d{3})(\d{4})$/, "$1 $2 $3 $4");
}

function drawDocument(step, at) {
  const verbs = [...new Set([...step.twiml.matchAll(/<([A-Z]\w+)/g)].map((found) => found[1]))].filter((verb) => verb !== "Response");
  const code = make("pre", { tabindex: "0", "aria-label": "TwiML" });
  colour(code, step.twiml);
  return make("li", {}, make("details", {},
    make("summary", {}, at, make("span", {}, person(step.who)), make("span", { class: "verbs" }, verbs.join(" \u00b7 ") || "nothing more to do"), make("span", { class: "took" }, `${step.took_ms} ms`)),
    make("p", { class: "quiet" }, "POST ", make("code", {}, step.template || "words given by REST"), ` answered ${step.status}`),
    step.twiml ? code : null));
}

function colour(target, twiml) {
  let spoken = "";
  for (const piece of twiml.split(/(<[^>]+>)/)) {
    if (!piece.startsWith("<")) {
      target.append(make("span", spoken === "Say" ? { class: "xs" } : {}, piece));
      continue;
    }
    const [, open, attributes, close] = piece.match(/^(<\/?[\w:]+)([\s\S]*?)(\/?>)$/) || [null, piece, "", ""];
    spoken = open.replace("<", "");
    target.append(make("span", { class: "xt" }, open));
    for (const part of attributes.split(/("[^"]*")/)) target.append(make("span", { class: part.startsWith('"') ? "xv" : "xa" }, part));
    target.append(make("span", { class: "xt" }, close));
  }
}

const MARKS = { chosen: "\u2713", could: "\u2022", fails: "\u2715" };

export function drawLead(lead) {
  const parts = [make("p", { class: "headline" }, lead.headline), drawClock(lead.clock)];
  for (const task of lead.tasks.filter((one) => one.state === "open" || one.state === "claimed")) parts.push(make("p", { class: "owed" }, "Owed: ", task.words));
  parts.push(make("dl", { class: "facts" }, ...lead.facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])));
  for (const look of lead.looks) {
    parts.push(make("h4", {}, `${look.title}: ${look.target}`), make("p", { class: "quiet" }, `${look.at}, ordered by ${look.ordering}`));
    parts.push(make("ul", { class: "people" }, ...look.people.map((one) => make("li", { "data-state": one.state },
      make("span", { class: "mark", "aria-hidden": "true" }, MARKS[one.state]), make("span", {}, `${one.name} ${one.verdict}`)))));
  }
  if (lead.layers.length) parts.push(fold("layers", "How the rules decided", "ol", lead.layers.map((one) => `${one.layer}: ${one.reason}${one.value ? ` \u2192 ${one.value}` : ""}`)));
  if (lead.plan.length) parts.push(fold("plan", "The plan", "ol", lead.plan));
  parts.push(fold("story", "Everything that happened", "ol", lead.story.map((one) => `${one.at} ${one.words}`)));
  return parts;
}

function fold(name, title, tag, lines) {
  return make("details", { "data-fold": name }, make("summary", {}, title), make(tag, { class: "plain" }, ...lines.map((line) => make("li", {}, line))));
}

function drawClock(clock) {
  const bar = make("progress", { max: "100", value: "0", "aria-label": "Share of the response time that is used up" });
  return make("div", { class: "response", "data-state": clock.state }, make("span", {}, "Response clock: ", make("b", { class: "words" }, clock.words)), make("span", { class: "left" }, `due ${clock.due}`), bar);
}

// Seconds until the first human response is due, by the demo's clock.
export function tickClock(box, clock, now) {
  if (!box) return;
  const begin = Date.parse(clock.started_at), due = Date.parse(clock.due_at);
  const end = clock.first_response_at ? Date.parse(clock.first_response_at) : now;
  const left = Math.round((due - end) / 1000);
  box.querySelector("progress").value = Math.max(0, Math.min(100, (100 * (end - begin)) / Math.max(1, due - begin)));
  const waited = Math.max(0, Math.round((end - begin) / 1000));
  box.querySelector(".left").textContent = clock.first_response_at
    ? `first response after ${span(waited)}`
    : left >= 0 ? `${span(left)} left, due ${clock.due}` : `${span(-left)} over`;
}

export function span(seconds) {
  if (seconds >= 7200) return `${Math.round(seconds / 3600)} h`;
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
}
