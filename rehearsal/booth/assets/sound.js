// What the people on this page hear: spoken sentences, ring tones and key tones. Nothing is fetched.

const KEYS = ["123", "456", "789", "*0#"];
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const on = { voices: remembered("voices"), tones: remembered("tones") };
let audio = null;
let ringing = null;

function remembered(name) {
  return localStorage.getItem(`booth-${name}`) !== "off";
}

export function wireSwitch(button, name) {
  const show = () => button.setAttribute("aria-pressed", String(on[name]));
  show();
  button.addEventListener("click", () => {
    on[name] = !on[name];
    localStorage.setItem(`booth-${name}`, on[name] ? "on" : "off");
    show();
    if (!on.voices) hush();
    if (!on.tones) ring(null);
  });
}

function tone(frequencies, seconds, volume = 0.05, after = 0) {
  if (!on.tones || !window.AudioContext) return;
  audio = audio || new AudioContext();
  if (audio.state === "suspended") audio.resume();
  const begin = audio.currentTime + after;
  const gain = audio.createGain();
  gain.connect(audio.destination);
  gain.gain.setValueAtTime(0, begin);
  gain.gain.linearRampToValueAtTime(volume, begin + 0.02);
  gain.gain.setValueAtTime(volume, begin + seconds - 0.03);
  gain.gain.linearRampToValueAtTime(0, begin + seconds);
  for (const frequency of frequencies) {
    const wave = audio.createOscillator();
    wave.frequency.value = frequency;
    wave.connect(gain);
    wave.start(begin);
    wave.stop(begin + seconds);
  }
}

export function keyTone(key) {
  const row = KEYS.findIndex((keys) => keys.includes(key));
  if (row >= 0) tone([ROWS[row], COLUMNS[KEYS[row].indexOf(key)]], 0.15);
}

export function beep() {
  tone([1000], 0.5);
}

// "phone": a coordinator's phone rings here; "far": the caller hears it ring at the other end; null: silence.
export function ring(kind) {
  if (ringing && ringing.kind === kind) return;
  if (ringing) clearInterval(ringing.timer);
  ringing = null;
  if (!kind || !on.tones) return;
  const once = kind === "phone"
    ? () => [0, 0.25, 0.5, 0.75].forEach((after, n) => tone([n % 2 ? 880 : 740], 0.2, 0.06, after))
    : () => tone([440, 480], 1.6, 0.02);
  once();
  ringing = { kind, timer: setInterval(once, kind === "phone" ? 2000 : 4000) };
}

export function speak(words, language, deep) {
  if (!on.voices || !("speechSynthesis" in window)) return;
  const said = new SpeechSynthesisUtterance(words);
  const tongue = language.slice(0, 2);
  const voices = speechSynthesis.getVoices();
  said.voice = voices.find((one) => one.lang.replace("_", "-") === language) || voices.find((one) => one.lang.startsWith(tongue)) || null;
  said.lang = language;
  said.rate = 1.1;
  said.pitch = deep ? 0.8 : 1.1;
  speechSynthesis.speak(said);
}

export function hush() {
  if ("speechSynthesis" in window) speechSynthesis.cancel();
}
