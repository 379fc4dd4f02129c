/** A moment: whole seconds since 1970 and the billionths after them. */
export interface Moment {
  readonly seconds: number;
  readonly nanos: number;
}

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const secondsPerDay = 86_400;

/** RFC 3339's date and time, or undefined for what is none. */
export function parseTime(text: string): Moment | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = Number(match[9] ?? 0) * 3_600 + Number(match[10] ?? 0) * 60;
  const local = daysFromCivil(year, month, day) * secondsPerDay + hour * 3_600 + minute * 60 + second;
  const nanos = Number((match[7] ?? '').padEnd(9, '0'));
  return { seconds: match[8] === '-' ? local + offset : local - offset, nanos };
}

/** As Kubernetes writes a Time: UTC, whole seconds. */
export function timeText(moment: Moment): string {
  return `${secondsText(moment.seconds)}Z`;
}

/** As Kubernetes writes a MicroTime: UTC, six decimals. */
export function microTimeText({ seconds, nanos }: Moment): string {
  return `${secondsText(seconds)}.${pad(Math.floor(nanos / 1_000), 6)}Z`;
}

function secondsText(seconds: number): string {
  const days = Math.floor(seconds / secondsPerDay);
  const rest = seconds - days * secondsPerDay;
  const clock = [Math.floor(rest / 3_600), Math.floor(rest / 60) % 60, rest % 60].map((part) => pad(part, 2));
  return `${civilFromDays(days)}T${clock.join(':')}`;
}

function daysIn(year: number, month: number): number {
  return daysFromCivil(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - daysFromCivil(year, month, 1);
}

/** Days since 1970 of a date in the Gregorian calendar, counting years from March so that leap days come last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The reverse, as `2006-01-02`. */
function civilFromDays(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = ((monthFromMarch + 2) % 12) + 1;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
