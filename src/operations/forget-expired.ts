import type { Context } from '../model/context.ts'

const recordsPerWrite = 500

/** Forgets expired codes and revocations, and what the operations log has kept for long enough. */
export async function forgetExpired(context: Context, logKeptMs: number, signal: AbortSignal): Promise<void> {
  const now = context.now()
  const { grants, log } = context.storage
  await untilFew(() => grants.forgetExpired(now, recordsPerWrite), signal)
  await untilFew(() => log.forgetBefore(now - logKeptMs, recordsPerWrite), signal)
}

async function untilFew(forget: () => Promise<number>, signal: AbortSignal): Promise<void> {
  let count = 0
  do count = await forget()
  while (count >= recordsPerWrite && !signal.aborted)
}
