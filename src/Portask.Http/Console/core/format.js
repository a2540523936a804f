// Numbers and times as people read them.

const counts = new Intl.NumberFormat('en');
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export const count = number => number === null || number === undefined ? '–' : counts.format(number);

export const plural = (number, one, many = one + 's') => `${count(number)} ${number === 1 ? one : many}`;

export function bytes(number) {
  if (number === null || number === undefined)
    return '–';
  let unit = 0;
  while (Math.abs(number) >= 1024 && unit < UNITS.length - 1) {
    number /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(number) : short(number)} ${UNITS[unit]}`;
}

export function rate(number) {
  if (number === null || number === undefined)
    return '–';
  if (number >= 1_000_000)
    return `${short(number / 1_000_000)} M/s`;
  if (number >= 10_000)
    return `${short(number / 1_000)} k/s`;
  return number > 0 && number < 0.01 ? 'under 0.01/s' : `${number === 0 ? '0' : short(number)}/s`;
}

export const byteRate = number => number === null || number === undefined ? '–' : bytes(number) + '/s';

/** Date and time to the millisecond, in the reader's own zone. */
export function time(ms) {
  if (ms === null || ms === undefined || ms < 0)
    return '–';
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : `${day(date)} ${clock(date)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** A text in which times stand in UTC, with them as they stand everywhere else. */
export const localTimes = text => text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, utc => time(Date.parse(utc)));

export const clock = date => [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');

export function span(ms) {
  if (ms > 0 && ms < 1000)
    return `${Math.round(ms)} ms`;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60)
    return `${seconds} s`;
  if (seconds < 3600)
    return both(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  if (seconds < 86400)
    return both(Math.floor(seconds / 3600), 'h', Math.floor(seconds / 60) % 60, 'min');
  return both(Math.floor(seconds / 86400), 'd', Math.floor(seconds / 3600) % 24, 'h');
}

const both = (large, unit, small, part) => small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${part}`;
const day = date => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
const two = number => String(number).padStart(2, '0');
const short = number => number >= 100 ? counts.format(Math.round(number)) : number >= 10 ? number.toFixed(1) : number.toFixed(2);
