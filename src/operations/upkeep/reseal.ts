import type { Context } from '../../model/ports/context.ts'

const valuesAtOnce = 100

/**
 * Seals with the first sealing key the values that other keys seal, a part at a time. The next run finds the rest.
 * Values under an unknown key stay as they are.
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
