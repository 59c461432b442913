import * as Type from 'typebox'

const durationPattern =
  '^P(?=\\d|T\\d)(\\d{1,6}D)?(T(?=\\d)(\\d{1,9}H)?(\\d{1,9}M)?(\\d{1,9}(\\.\\d{1,3})?S)?)?$'

/** A length of time (ISO 8601) in days, hours, minutes and seconds; months and years have no fixed length. */
export const Duration = Type.String({
  pattern: durationPattern,
  description: 'A duration as in ISO 8601, such as PT1H30M or P2D; without years, months and weeks.',
  examples: ['PT1H'],
})

const form = new RegExp(durationPattern)
const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/** Returns milliseconds; `undefined` for a text that has not the form of `Duration`. */
export function readDuration(text: string): number | undefined {
  if (!form.test(text)) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (parts.exec(text) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0))
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}
