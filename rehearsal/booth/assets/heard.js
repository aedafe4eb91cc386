// What is heard: captions at each phone, spoken where a person plays it.

import { beep, hush, speak } from "./sound.js";
import { make, person, withWhom } from "./story.js";

export const one = (selector, inside = document) => inside.querySelector(selector);
export const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
export const caller = one("#oncall");
let farRings = false;

// Whether the caller hears a phone ring at the other end.
export const ringsFar = () => farRings;

export function forgetHeard() {
  farRings = false;
  all(".captions").forEach((list) => list.replaceChildren());
}

// Whose captions those are, and whether a person plays that phone here.
export function homeOf(who, call) {
  if (call && who === call.who) return { box: caller, mine: call.played, deep: false };
  const part = all(".part").find((each) => each.dataset.name === who);
  return part ? { box: one(".inhand", part), mine: part.classList.contains("mine"), deep: true } : null;
}

export function caption(step, call, live) {
  const home = homeOf(step.who, call);
  if (!home) return;
  const list = one(".captions", home.box);
  if (step.kind === "hears") {
    const words = { music: "\u266a music", ringing: "\u2026 ringing \u2026", beep: "\u25cf beep" }[step.sound] || step.text;
    if (step.sound !== "speech" && list.lastElementChild?.textContent === words) return;
    list.append(make("li", { "data-kind": step.sound === "speech" ? "heard" : "sound", lang: step.language?.slice(0, 2) }, words));
    if (!live || !home.mine) return scrollDown(list);
    if (home.box === caller) farRings = step.sound === "ringing";
    if (step.sound === "speech") speak(step.text, step.language, home.deep);
    if (step.sound === "beep") beep();
  } else if (["says", "presses", "bridged", "hangs-up", "silent", "waits"].includes(step.what)) {
    const own = step.what === "says" || step.what === "presses";
    const words = { says: step.text, presses: `pressed ${step.text}`, bridged: `You are talking ${withWhom(step.text)}.`, "hangs-up": "\u2014 hung up \u2014", silent: "\u2026 no key, no word \u2026", waits: "You are in line." }[step.what];
    list.append(make("li", { "data-kind": own ? "own" : "note" }, words));
    if (step.what !== "waits" && home.mine) hush();
    if (step.what === "bridged") talkBegins(step, home);
    if (step.what === "says" && call?.state === "talking") echo(step, home);
  }
  scrollDown(list);
}

// The line "bridged" stands at the coordinator's; the caller is told as well.
function talkBegins(step, home) {
  farRings = false;
  if (home.box === caller) return;
  one(".captions", caller).append(make("li", { "data-kind": "note" }, `You are talking with ${person(step.who)}.`));
  scrollDown(one(".captions", caller));
}

// In a talk the other one hears what is said.
function echo(step, home) {
  const others = home.box === caller ? all(".part[data-state=talking] .inhand") : [caller];
  for (const other of others) {
    const list = one(".captions", other);
    list.append(make("li", { "data-kind": "heard" }, `${person(step.who)}: ${step.text}`));
    scrollDown(list);
  }
}

function scrollDown(list) {
  list.scrollTop = list.scrollHeight;
}
