// Parts of timestamps and durations, both in nanoseconds. The calendar is the Gregorian one, in both directions.
import { fail } from "./cel-failure";

const MILLISECOND: i64 = 1000000;
const SECOND: i64 = 1000000000;
const DAY: i64 = 86400;

export function timestampOfInt(seconds: i64): i64 {
  return seconds > 9223372036 || seconds < -9223372036 ? fail() : seconds * SECOND;
}

/** Whole seconds since 1970, rounded down. */
export function secondsOf(time: i64): i64 {
  return floorDivide(time, SECOND);
}

function floorDivide(value: i64, by: i64): i64 {
  return value / by - i64(value % by < 0);
}

/** Seconds since 1970 on a clock that is `offset` nanoseconds ahead of UTC; offsets are whole seconds. */
function local(time: i64, offset: i64): i64 {
  return floorDivide(time, SECOND) + offset / SECOND;
}

export function getHours(time: i64, offset: i64): i64 {
  const seconds = local(time, offset);
  return (seconds - floorDivide(seconds, DAY) * DAY) / 3600;
}

export function getMinutes(time: i64, offset: i64): i64 {
  const seconds = local(time, offset);
  return ((seconds - floorDivide(seconds, DAY) * DAY) / 60) % 60;
}

export function getSeconds(time: i64, offset: i64): i64 {
  const seconds = local(time, offset);
  return (seconds - floorDivide(seconds, DAY) * DAY) % 60;
}

export function getMilliseconds(time: i64, offset: i64): i64 {
  return (time - floorDivide(time, SECOND) * SECOND) / MILLISECOND;
}

/** Sunday is 0. The first of January 1970 was a Thursday. */
export function getDayOfWeek(time: i64, offset: i64): i64 {
  const days = floorDivide(local(time, offset), DAY) + 4;
  return days - floorDivide(days, 7) * 7;
}

export function getFullYear(time: i64, offset: i64): i64 {
  toDate(floorDivide(local(time, offset), DAY));
  return year;
}

/** January is 0. */
export function getMonth(time: i64, offset: i64): i64 {
  toDate(floorDivide(local(time, offset), DAY));
  return month;
}

/** The first is 1. */
export function getDate(time: i64, offset: i64): i64 {
  toDate(floorDivide(local(time, offset), DAY));
  return day + 1;
}

/** The first is 0. */
export function getDayOfMonth(time: i64, offset: i64): i64 {
  toDate(floorDivide(local(time, offset), DAY));
  return day;
}

/** The first of January is 0. */
export function getDayOfYear(time: i64, offset: i64): i64 {
  const days = floorDivide(local(time, offset), DAY);
  toDate(days);
  return days - newYear(year);
}

let year: i64 = 0;
let month: i64 = 0;
let day: i64 = 0;

/** Days from 1970 to the first of January of a year. */
function newYear(ofYear: i64): i64 {
  const before = ofYear - 1;
  return (ofYear - 1970) * 365 + (before / 4 - 492) - (before / 100 - 19) + (before / 400 - 4);
}

/** Sets `year`, `month` and `day` for a day since 1970; all of 64-bit nanoseconds lies between 1677 and 2262. */
function toDate(days: i64): void {
  year = 1970 + floorDivide(days, 366);
  while (newYear(year + 1) <= days) year++;
  while (newYear(year) > days) year--;
  day = days - newYear(year);
  const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  for (month = 0; month < 11; month++) {
    const length: i64 =
      month == 1 ? 28 + i64(leap) : month == 3 || month == 5 || month == 8 || month == 10 ? 30 : 31;
    if (day < length) return;
    day -= length;
  }
}

export function hoursOf(duration: i64): i64 {
  return duration / (3600 * SECOND);
}

export function minutesOf(duration: i64): i64 {
  return duration / (60 * SECOND);
}

export function wholeSecondsOf(duration: i64): i64 {
  return duration / SECOND;
}

export function millisecondsOf(duration: i64): i64 {
  return (duration / MILLISECOND) % 1000;
}
