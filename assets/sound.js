/* One soft tone for a buy, a sell, an error; off until asked for. */
(function () {
  "use strict";
  const scripts = (window.dash_clientside = window.dash_clientside || {});

  /** [hertz, hertz]: up for a buy, down for a sell, low twice for an error. */
  const TONES = { buy: [523.25, 659.25], sell: [659.25, 523.25], error: [220, 220] };
  const LOUDNESS = { soft: 0.03, medium: 0.08, loud: 0.2 };
  const NOTE_S = 0.14;
  const cell = { speaker: null, isOn: false };

  /** Called from a click or a key, which is when a browser lets a page make sound; done when it can. */
  async function turnOn(isOn) {
    cell.isOn = isOn;
    if (isOn && !cell.speaker) cell.speaker = scripts.sound.makeSpeaker();
    if (isOn) await cell.speaker.wake();
  }

  /** Would a tone be heard? A browser keeps a tab silent that nobody has touched yet. */
  const isAble = () => cell.isOn && cell.speaker !== null && cell.speaker.isAwake();

  function play(name) {
    if (isAble()) cell.speaker.play(TONES[name], LOUDNESS[scripts.choices.get("volume")]);
  }

  /** What makes the tones: WebAudio. */
  function makeSpeaker() {
    const context = new AudioContext();
    return {
      wake: () => context.resume(),
      isAwake: () => context.state === "running",
      play: (hertz, loudness) => hertz.forEach((one, i) => note(context, one, loudness, context.currentTime + i * NOTE_S)),
    };
  }

  function note(context, hertz, loudness, at) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudness, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_S * 1.6);
    tone.connect(gain).connect(context.destination);
    tone.start(at);
    tone.stop(at + NOTE_S * 1.7);
  }

  scripts.sound = { TONES, isAble, makeSpeaker, play, turnOn };
})();
