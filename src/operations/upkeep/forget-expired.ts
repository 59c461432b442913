import type { Context } from '../../model/ports/context.ts'

const recordsPerWrite = 500
const dayMs = 24 * 3_600_000
/**
 * The most by which one run moves the time of forgetting, in milliseconds, so that a jump of the clock deletes little.
 */
const stepMaxMs = dayMs
/** How long records that guard against old codes and tokens are kept after their expiry, in milliseconds. */
const guardMarginMs = 7 * dayMs

/** Deletes expired records in one run; call it about once an hour. */
export type Forgetting = (signal: AbortSignal) => Promise<void>

/**
 * Deletes expired codes, sessions, revocations and roles, old entries of the operations log and changes that ended as long ago. Its time starts at the newest log entry
 * or now, whichever is earlier, and moves by at most a day in a run; the first run deletes nothing. A clock that is
 * wrong for a while therefore deletes nothing that is still needed.
 */
export function startForgetting(context: Context, logKeptMs: number): Forgetting {
  const { log } = context.storage
  let until: number | undefined
  return async (signal) => {
    if (until === undefined) {
      const [newest] = await log.list({}, { newest: true, limit: 1 })
      until = Math.min(context.now(), newest?.at ?? context.now())
      return
    }
    until = Math.min(context.now(), until + stepMaxMs)
    await forgetExpired(context, { until, logKeptMs }, signal)
  }
}

/** Deletes what is expired at a time. */
export async function forgetExpired(
  { storage: { changes, grants, log, roles, sessions } }: Pick<Context, 'storage'>,
  { until, logKeptMs }: { readonly until: number; readonly logKeptMs: number },
  signal?: AbortSignal,
): Promise<void> {
  await untilFew(() => grants.forgetExpired(until - guardMarginMs, recordsPerWrite), signal)
  await untilFew(() => sessions.forgetExpired(until - guardMarginMs, recordsPerWrite), signal)
  await untilFew(() => roles.forgetEnded(until - guardMarginMs, recordsPerWrite), signal)
  await untilFew(() => log.forgetBefore(until - logKeptMs, recordsPerWrite), signal)
  await untilFew(() => changes.forgetBefore(until - logKeptMs, recordsPerWrite), signal)
}

async function untilFew(forget: () => Promise<number>, signal: AbortSignal | undefined): Promise<void> {
  let count = 0
  do count = await forget()
  while (count >= recordsPerWrite && !signal?.aborted)
}
