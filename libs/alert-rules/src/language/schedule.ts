import { type LocalTime, isTimeZone, localTimeOf } from '#libs/fitness';
import { z } from 'zod';

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "expected a time of day such as '07:30', in quotes");

/** When a rule may alert, on the wall clock. From later to earlier goes over midnight and belongs to the day it began. */
export const schedule = z
  .strictObject({
    /** IANA name, or `subject` for the zone that the person's device states. */
    timeZone: z.string().refine((name) => name === 'subject' || isTimeZone(name), 'there is no such time zone'),
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS]),
    from: clockTime.default('00:00'),
    to: z.union([clockTime, z.literal('24:00')]).default('24:00'),
  })
  .refine(({ from, to }) => from !== to, 'from and to are the same time');

export type Schedule = z.infer<typeof schedule>;

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** Whether the schedule is on at a moment; a wall-clock time that comes twice, when clocks go back, is on twice. */
export function isScheduled({ timeZone, days, from, to }: Schedule, epochMs: number, subjectZone: string): boolean {
  const zone = timeZone !== 'subject' ? timeZone : isTimeZone(subjectZone) ? subjectZone : 'UTC';
  const { weekday, minuteOfDay }: LocalTime = localTimeOf(epochMs, zone);
  const isOn = (day: number) => (days as string[]).includes(WEEKDAYS[(day + 7) % 7] as string);
  const [start, end] = [minutesOf(from), minutesOf(to)];
  if (start < end) return isOn(weekday) && minuteOfDay >= start && minuteOfDay < end;
  return (isOn(weekday) && minuteOfDay >= start) || (isOn(weekday - 1) && minuteOfDay < end);
}
