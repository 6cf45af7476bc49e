"use strict";
{
  // Plays all films of a gallery together. frames.py says how they are packed.
  const [ABSENT, STEPS, OUTSIDE] = [255, 4094, 4095];
  const [RING, DOT, LINE] = [0.028, 0.0055, 0.007]; // radii and a width, in shares of a picture

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  const rgb = (style, name) => {
    const number = Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
  };

  // The frames of one film: samples as shares of the picture from its upper left corner, and levels.
  function unpack(film, centres) {
    const [dots, fields] = [bytes(film.dots), bytes(film.fields)];
    const [area, stride] = [film.side ** 2, 3 * film.shown];
    let next = 0;
    const frames = film.round.map((round) => {
      if (round === null) return null;
      const [points, from] = [[], stride * next];
      for (let at = from; at < from + stride; at += 3) {
        const both = (dots[at] << 16) | (dots[at + 1] << 8) | dots[at + 2];
        const [x, y] = [both >> 12, both & 4095];
        if (x !== OUTSIDE) points.push([x / STEPS, 1 - y / STEPS]);
      }
      const field = fields.subarray(area * next, area * (next + 1));
      next += 1;
      return { points, field: field.length && field[0] !== ABSENT ? field : null };
    });
    const [x0, x1, y0, y1] = film.window;
    const modes = centres.map(([x, y]) => [(x - x0) / (x1 - x0), (y1 - y) / (y1 - y0)]);
    return { ...film, frames, modes };
  }

  function paintField(context, size, field, side, low, high) {
    const image = new ImageData(side, side);
    field.forEach((level, index) => {
      const row = side - 1 - Math.floor(index / side); // levels go upwards, pixels downwards
      const at = 4 * (row * side + (index % side));
      const share = level / (ABSENT - 1);
      for (let c = 0; c < 3; c++) image.data[at + c] = low[c] + share * (high[c] - low[c]);
      image.data[at + 3] = 255;
    });
    const small = document.createElement("canvas");
    small.width = small.height = side;
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingQuality = "high";
    // The lattice has its outer points on the edges: half a pixel falls outside on each side.
    context.drawImage(small, 0.5, 0.5, side - 1, side - 1, 0, 0, size, size);
  }

  function circles(context, size, places, radius) {
    context.beginPath();
    for (const [x, y] of places) {
      context.moveTo(size * (x + radius), size * y);
      context.arc(size * x, size * y, size * radius, 0, 2 * Math.PI);
    }
  }

  function paint(canvas, film, at) {
    const [context, size, frame] = [canvas.getContext("2d"), canvas.width, film.frames[at]];
    const style = getComputedStyle(canvas);
    context.clearRect(0, 0, size, size);
    canvas.classList.toggle("over", !frame);
    if (frame?.field) {
      paintField(context, size, frame.field, film.side, rgb(style, "--low"), rgb(style, "--high"));
    }
    context.strokeStyle = style.getPropertyValue("--mode");
    context.lineWidth = LINE * size;
    circles(context, size, film.modes, RING);
    context.stroke();
    context.fillStyle = style.getPropertyValue("--dot");
    circles(context, size, frame?.points ?? [], DOT);
    context.fill();
  }

  // "round 600 of 1500" if all films say so, else the share of each training that is behind it.
  function where(films, at, points) {
    const told = new Set(films.filter((film) => film.round[at]).map((film) => `round ${film.round[at]} of ${film.rounds}`));
    return told.size === 1 ? [...told][0] : `${Math.round((100 * (at + 1)) / points)} % of each training`;
  }

  function described({ film, title, names }, at) {
    if (!film.frames[at]) return `${title}: no frame`;
    const numbers = names.map((name, index) => `${name} ${film.told[at][index]}`);
    return `${title}, round ${film.round[at]} of ${film.rounds}: ${numbers.join(", ")}`;
  }

  function play(root) {
    const screens = [...root.querySelectorAll(".films")].flatMap((group) => {
      const { centres, films } = JSON.parse(group.querySelector("script").textContent);
      const figures = group.querySelectorAll(".film");
      return films.map((film, index) => ({
        film: unpack(film, centres),
        canvas: figures[index].querySelector("canvas"),
        title: figures[index].querySelector("figcaption").textContent,
        names: [...figures[index].querySelectorAll("dt")].map((name) => name.textContent),
        numbers: [...figures[index].querySelectorAll("dd")],
      }));
    });
    const films = screens.map((screen) => screen.film);
    const points = Math.max(0, ...films.map((film) => film.frames.length));
    if (!points) return;
    const transport = root.querySelector(".transport");
    const [button, slider, output, speed] = ["button", "input", "output", "select"].map((name) => transport.querySelector(name));
    let timer = null;

    function show() {
      const at = slider.valueAsNumber;
      for (const screen of screens) {
        const { film, canvas, numbers } = screen;
        paint(canvas, film, at);
        numbers.forEach((number, index) => (number.textContent = film.told[at]?.[index] ?? "–"));
        if (timer === null) canvas.setAttribute("aria-label", described(screen, at));
      }
      output.textContent = where(films, at, points);
      slider.setAttribute("aria-valuetext", output.textContent);
    }

    function pause() {
      clearTimeout(timer);
      timer = null;
      button.textContent = "Play";
      show();
    }

    function step() {
      slider.valueAsNumber += 1;
      if (slider.valueAsNumber >= points - 1) return pause();
      timer = setTimeout(step, 1000 / Number(speed.value));
      show();
    }

    function start() {
      if (slider.valueAsNumber >= points - 1) slider.valueAsNumber = 0;
      button.textContent = "Pause";
      timer = setTimeout(step, 1000 / Number(speed.value));
      show();
    }

    const toggle = () => (timer === null ? start() : pause());
    button.addEventListener("click", toggle);
    slider.addEventListener("input", pause);
    slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      toggle();
    });
    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(query).addEventListener("change", show);
    }

    slider.max = points - 1;
    slider.valueAsNumber = points - 1;
    for (const { canvas } of screens) canvas.hidden = false;
    transport.hidden = false;
    show();
  }

  for (const root of document.querySelectorAll(".gallery")) play(root);
}
