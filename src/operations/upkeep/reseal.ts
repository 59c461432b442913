import type { Context } from '../../model/ports/context.ts'

const valuesAtOnce = 100

/**
 * Seals again with the first sealing key what rests under the others, some at a time. What is left is found by the next
 * run: nothing is remembered. What rests under a key that is not known cannot be helped.
 */
export async function reseal(context: Context, signal: AbortSignal): Promise<void> {
  const { secrets, storage, log } = context
  const [current, ...others] = secrets.sealingKeyIds()
  for (const keyId of others) {
    let count = 0
    while (!signal.aborted && secrets.sealingKeyIds()[0] === current) {
      const values = await storage.sealed.listUnder(keyId, valuesAtOnce)
      if (values.length === 0) break
      const replacements = values.map((value) => ({
        value,
        by: secrets.seal(secrets.open(value.sealed, value.purpose), value.purpose),
      }))
      await storage.sealed.replace(replacements)
      count += values.length
    }
    if (count > 0)
      log.info(
        { from: keyId, to: current, values: count },
        'Values were sealed again with the first sealing key',
      )
  }
}
