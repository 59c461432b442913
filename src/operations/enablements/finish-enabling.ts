import type { Context } from '../../model/ports/context.ts'

/** Records that one commit turns to `ENABLED`. */
const activationsPerWrite = 200

/** Turns what is due from `ENABLING` to `ENABLED` (ledger, row 31), bounded in each step; tells how many. */
export async function finishEnabling(context: Context, signal: AbortSignal): Promise<number> {
  let total = 0
  for (;;) {
    const count = await context.storage.enablements.activateDue(context.now(), activationsPerWrite)
    total += count
    if (count < activationsPerWrite || signal.aborted) return total
  }
}
