// Figures rounded for people, as copc/rounding.py does it: the same digits everywhere, and away from the limit.

const HAIR = 1e-9; // noise of binary fractions
const FURTHER = 3; // digits that may be added where two limits leave no whole figure between them

export function rounded(value, digits = 0, low = null, high = null) {
  const side = sideOf(value, low, high);
  for (let more = 0; more <= FURTHER; more += 1) {
    const unit = 10 ** (digits + more);
    const near = [nearest(value * unit), Math.floor(value * unit + HAIR), Math.ceil(value * unit - HAIR)];
    const found = near.find((whole) => sideOf(whole / unit, low, high) === side);
    if (found !== undefined) return text(found, digits + more);
  }
  return text(nearest(value * 10 ** digits), digits);
}

export function roundedPercent(ratio, digits = 0, low = null, high = null) {
  return rounded(100 * ratio, digits, low == null ? null : 100 * low, high == null ? null : 100 * high);
}

function sideOf(value, low, high) {
  if (low != null && value < low - HAIR) return -1;
  return high != null && value > high + HAIR ? 1 : 0;
}

function nearest(value) {
  const whole = Math.floor(Math.abs(value) + 0.5 + HAIR);
  return value < 0 ? -whole : whole;
}

function text(whole, digits) {
  if (!digits) return String(whole);
  const figures = String(Math.abs(whole)).padStart(digits + 1, "0");
  const short = `${figures.slice(0, -digits)}.${figures.slice(-digits)}`.replace(/\.?0+$/, "");
  return short === "0" || whole >= 0 ? short : `-${short}`;
}
