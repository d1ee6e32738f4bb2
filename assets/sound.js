/* One soft tone for a buy, a sell, an error; off until asked for. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** [hertz, hertz]: up for a buy, down for a sell, low twice for an error. */
  const TONES = { buy: [523.25, 659.25], sell: [659.25, 523.25], error: [220, 220] };
  const NOTE_S = 0.14;
  const cell = { context: null, isOn: false };

  /** Called from a click, which is when a browser lets a page make sound. */
  function turnOn(isOn) {
    cell.isOn = isOn;
    if (isOn && !cell.context) cell.context = new AudioContext();
    if (isOn) cell.context.resume();
  }

  function play(name) {
    if (!cell.isOn || !cell.context || cell.context.state !== "running") return;
    TONES[name].forEach((hertz, i) => note(hertz, cell.context.currentTime + i * NOTE_S));
  }

  function note(hertz, at) {
    const tone = cell.context.createOscillator();
    const gain = cell.context.createGain();
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.08, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_S * 1.6);
    tone.connect(gain).connect(cell.context.destination);
    tone.start(at);
    tone.stop(at + NOTE_S * 1.7);
  }

  scripts.sound = { TONES, play, turnOn };
})();
