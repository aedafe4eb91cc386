// One person plays the caller and any coordinators. What happens comes as server-sent events; what is done goes as posts.

import { all, caller, caption, forgetHeard, homeOf, one, ringsFar } from "./heard.js";
import { hush, keyTone, ring, wireSwitch } from "./sound.js";
import { drawLead, drawStep, make, spaced, span, tickClock } from "./story.js";

const CALL_STATES = { ringing: ["calling", "ring"], connected: ["connected", "good"], waiting: ["in line", "ring"], talking: ["talking", "good"], ended: ["call over", ""] };
const PHONE_STATES = { dialled: ["being called", "ring"], ringing: ["rings", "ring"], answered: ["picked up", "good"], talking: ["talking", "good"] };
const PRESENCE = { free: "free", offered: "offered a call", busy: "talking", wrapping: "wrapping up", away: "away", offline: "offline", unknown: "not known" };
const LISTENS = { keys: "a key", words: "words", message: "your message" };
let scene = null;
let heardUntil = 0; // what came before the page was there is shown, not spoken
let began = 0;
let ahead = 0; // the demo's clock minus ours, in ms
let leadDrawn = "";

async function act(name, given = {}) {
  const answered = await fetch(`/acts/${name}`, { method: "POST", body: new URLSearchParams(given) }).catch(() => null);
  const trouble = one("#trouble");
  trouble.hidden = Boolean(answered && answered.ok);
  if (!trouble.hidden) trouble.textContent = answered ? (await answered.json()).error : "The demo does not answer: is it still running?";
  return trouble.hidden;
}

// --- what is shown --------------------------------------------------------------------------------------------------

function chip(target, [words, tone]) {
  target.textContent = words;
  target.dataset.tone = tone;
}

function hide(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

function showCall(call) {
  hide(one("#dial"), Boolean(call) && !one("#oncall").dataset.left);
  hide(caller, !call || Boolean(caller.dataset.left));
  if (!call) return;
  chip(one("#state"), CALL_STATES[call.state]);
  one("#numbers").textContent = `${call.from === "anonymous" ? "Number withheld" : spaced(call.from)} calls ${spaced(call.to)}`;
  hide(one(".hands", caller), !call.live || !call.played);
  hide(one("#again"), call.live && call.played);
  showListening(caller, call);
}

function showListening(box, leg) {
  const line = one(".listens", box);
  const wanted = leg.listens.map((each) => LISTENS[each]);
  hide(line, !wanted.length);
  if (wanted.length) line.textContent = `Leadline listens for ${wanted.join(" or ")}.`;
}

function showPhone(part, phone) {
  const mine = phone.byHand || (phone.played && phone.state === "idle");
  const before = part.dataset.state;
  part.dataset.state = phone.state;
  part.dataset.leg = phone.leg || "";
  part.classList.toggle("mine", mine);
  chip(one(".chip", part), PHONE_STATES[phone.state] || [PRESENCE[phone.effective] || phone.effective, phone.effective === "free" ? "good" : ""]);
  const play = one(".play", part), habit = one(".habit", part), be = one(".be", part);
  play.setAttribute("aria-pressed", String(phone.played));
  hide(habit.parentElement, phone.played);
  if (document.activeElement !== habit) habit.value = phone.habit;
  hide(be, !phone.desired);
  be.setAttribute("aria-pressed", String(phone.desired === "available"));
  hide(one(".ringing", part), !(phone.byHand && phone.state === "ringing"));
  one(".shows", part).textContent = phone.shows ? ` and shows ${spaced(phone.shows)}` : "";
  hide(one(".inhand", part), !(phone.byHand && ["answered", "talking"].includes(phone.state)));
  hide(one(".outcome", part), !(phone.played && phone.state === "idle" && phone.effective === "wrapping"));
  if (one(".hand-on", part)) hide(one(".hand-on", part), phone.state !== "talking");
  showListening(part, phone);
  if (phone.byHand && phone.state === "ringing" && before !== "ringing") ringsHere(part);
  if (phone.byHand && phone.state === "answered" && before === "ringing") part.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function ringsHere(part) {
  one(".captions", part).replaceChildren();
  one("#told").textContent = `${part.dataset.name}'s phone rings. Answer, refuse, or let it ring.`;
  part.scrollIntoView({ block: "nearest", behavior: "smooth" });
  if (!document.activeElement || document.activeElement === document.body) one("[data-decision=answer]", part).focus({ preventScroll: true });
}

function showLead(lead) {
  const drawn = JSON.stringify(lead);
  if (!lead || drawn === leadDrawn) return;
  leadDrawn = drawn;
  const box = one("#lead");
  const open = all("details[open]", box).map((each) => each.dataset.fold);
  box.replaceChildren(...drawLead(lead));
  for (const name of open) one(`details[data-fold=${name}]`, box)?.setAttribute("open", "");
}

function emptyLead() {
  leadDrawn = "";
  one("#lead").replaceChildren(make("p", { class: "hint" }, "Leadline has just heard of this call \u2026"));
}

function show(next) {
  const fresh = next.call?.leg !== scene?.call?.leg;
  scene = next;
  ahead = Date.parse(next.now) - Date.now();
  if (next.call) began = performance.now() - 1000 * next.call.lasted_s;
  if (fresh) {
    delete caller.dataset.left;
    one("#steps").replaceChildren();
    forgetHeard();
    if (next.call) emptyLead();
  }
  showCall(next.call);
  showPractice();
  const phones = new Map(next.phones.map((phone) => [phone.key, phone]));
  for (const part of all(".part")) if (phones.has(part.dataset.coordinator)) showPhone(part, phones.get(part.dataset.coordinator));
  const shown = next.phones.filter((phone) => !practiceShown() || phone.key.startsWith(`${practiceShown()}/`));
  one("#play-all").textContent = shown.every((phone) => phone.played) ? "I play none of them" : "I play all of them";
  hide(one("#silent"), !next.trouble);
  one("#silent").textContent = next.trouble && `Leadline could not be asked: ${next.trouble}`;
  showLead(next.lead);
  for (const fault of all("#faults input")) fault.checked = next.faults[fault.name];
  const rings = next.phones.some((phone) => phone.byHand && phone.state === "ringing");
  ring(rings ? "phone" : ringsFar() && next.call?.live && next.call.played && next.call.state !== "talking" ? "far" : null);
  if (next.call && !next.call.live && !rings) hushOnce();
}

let hushed = "";
function hushOnce() {
  if (hushed === scene.call.leg) return;
  hushed = scene.call.leg;
  hush();
}

function practiceShown() {
  return (!caller.hidden && scene?.call?.practice) || one("#dial input:checked")?.dataset.practice;
}

function showPractice() {
  const wanted = practiceShown();
  all(".cast").forEach((list) => hide(list, Boolean(wanted) && list.dataset.practice !== wanted));
}

function take(step, live) {
  const drawn = drawStep(step, homeOf(step.who, scene.call)?.mine);
  if (drawn) {
    const details = one("details", drawn);
    if (details) {
      all("#steps details.newest").forEach((each) => { each.open = false; });
      details.classList.add("newest");
      details.open = true;
      one("summary", details).addEventListener("click", () => details.classList.remove("newest"));
    }
    one("#steps").prepend(drawn);
  }
  caption(step, scene.call, live);
}

// --- what is done ---------------------------------------------------------------------------------------------------

const legOf = (node) => (node.closest(".part") ? node.closest(".part").dataset.leg : scene?.call?.leg) || "";
const coordinatorOf = (node) => node.closest(".part").dataset.coordinator;

function press(node, key) {
  keyTone(key);
  return act("press", { leg: legOf(node), key });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.keyPressed) press(button, button.dataset.keyPressed);
  else if (button.dataset.decision) decide(button);
  else if (button.classList.contains("hang-up")) act("hang-up", { leg: legOf(button) });
  else if (button.classList.contains("play")) act("play", { coordinator: coordinatorOf(button), on: String(button.getAttribute("aria-pressed") !== "true") });
  else if (button.classList.contains("be")) act("be", { coordinator: coordinatorOf(button), status: button.getAttribute("aria-pressed") === "true" ? "away" : "available" });
  else if (button.dataset.outcome) act("outcome", { coordinator: coordinatorOf(button), code: button.dataset.outcome });
  else if (button.id === "again") dialAgain();
  else if (button.id === "play-all") playAll();
});

async function playAll() {
  const shown = all(".part").filter((part) => part.checkVisibility());
  const on = shown.some((part) => one(".play", part).getAttribute("aria-pressed") !== "true");
  for (const part of shown) await act("play", { coordinator: part.dataset.coordinator, on: String(on) });
}

async function decide(button) {
  const part = button.closest(".part");
  if (await act("decide", { leg: legOf(button), decision: button.dataset.decision })) setTimeout(() => one(".inhand [data-key-pressed='1']", part)?.focus({ preventScroll: true }), 300);
}

function dialAgain() {
  caller.dataset.left = "yes";
  showCall(scene.call);
  showPractice();
  one("#dial .go").focus();
}

document.addEventListener("change", (event) => {
  const node = event.target;
  if (node.matches(".habit")) act("behave", { coordinator: coordinatorOf(node), habit: node.value });
  else if (node.name === "to") showPractice();
  else if (node.closest("#faults")) act("go-wrong", Object.fromEntries(all("#faults input").map((each) => [each.name, String(each.checked)])));
});

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.id === "dial") {
    if (await act("call", Object.fromEntries(new FormData(form)))) setTimeout(() => one("[data-key-pressed='1']", caller).focus({ preventScroll: true }), 300);
  } else if (form.matches(".hand-on")) {
    act("hand-on", { coordinator: coordinatorOf(form), queue: form.queue.value, mode: event.submitter?.value || "warm" });
  } else if (form.matches(".say") && form.words.value.trim()) {
    if (await act("say", { leg: legOf(form), words: form.words.value })) form.reset();
  }
});

let typedAt = 0;
document.addEventListener("input", (event) => {
  if (event.target.name !== "words" || performance.now() - typedAt < 1500) return;
  typedAt = performance.now();
  const leg = legOf(event.target);
  const listening = [scene?.call, ...(scene?.phones || [])].find((each) => each?.leg === leg)?.listens || [];
  if (listening.some((each) => each !== "keys")) act("typing", { leg });
});

// Number keys of the keyboard work like the keypad of the phone that is in use.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9*#]$/.test(event.key) || event.target.matches("input, select, textarea")) return;
  const pads = all(".keypad").filter((pad) => pad.checkVisibility());
  const pad = pads.find((each) => (each.closest(".part") || caller).contains(event.target)) || pads.find((each) => one(`.listens:not([hidden])`, each.closest(".inhand, #oncall"))) || pads[0];
  if (!pad) return;
  event.preventDefault();
  press(pad, event.key);
});

setInterval(() => {
  if (scene?.call?.live) one("#timer").textContent = span(Math.round((performance.now() - began) / 1000));
  if (scene?.lead) tickClock(one("#lead .response"), scene.lead.clock, Date.now() + ahead);
}, 500);

wireSwitch(one("#voices"), "voices");
wireSwitch(one("#tones"), "tones");
showPractice();
const events = new EventSource("/events");
let opened = true;
events.addEventListener("scene", (event) => {
  const next = JSON.parse(event.data);
  if (opened) heardUntil = next.next;
  opened = false;
  show(next);
});
events.addEventListener("step", (event) => take(JSON.parse(event.data), Number(event.lastEventId) >= heardUntil));
events.addEventListener("open", () => {
  one("#trouble").hidden = true;
  opened = true;
});
events.addEventListener("error", () => {
  one("#trouble").hidden = false;
  one("#trouble").textContent = "The connection to the demo is lost; this page tries again by itself.";
  ring(null);
});
