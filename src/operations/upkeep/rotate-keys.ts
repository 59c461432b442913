/** Replaces the keys of the service while it runs. Source: docs/operating.md, "Rotating keys". */
import type { OperatorCall } from '../../model/access.ts'
import { recorded } from '../../model/operations-log.ts'
import type { Context } from '../../model/ports/context.ts'
import type { KeyRing } from '../../model/ports/key-ring.ts'
import { refuse } from '../../model/refusal.ts'
import { stampFor } from '../../model/write-stamp.ts'
import type { KeysView } from '../../protocol/operator-keys.ts'

/** The maximum count of values for each purpose. */
const valuesMax = 10_000

export async function readKeys(context: Context, ring: KeyRing): Promise<KeysView> {
  const known = context.secrets.sealingKeyIds()
  const inStorage = await context.storage.sealed.listKeyIds()
  const ids = [...known, ...inStorage.filter((id) => !known.includes(id))]
  const sealingKeys: KeysView['sealingKeys'] = []
  for (const [index, id] of ids.entries()) {
    const values = await context.storage.sealed.countUnder(id, valuesMax)
    sealingKeys.push({ id, isKnown: known.includes(id), seals: index === 0, values })
  }
  const signing = await ring.listSigningKeys()
  return {
    sealingKeys,
    signingKeys: signing.map(({ id, createdAt, signsFrom, verifiesUntil }) => ({
      id,
      createdAt: new Date(createdAt).toISOString(),
      signsFrom: new Date(signsFrom).toISOString(),
      ...(verifiesUntil !== undefined && { verifiesUntil: new Date(verifiesUntil).toISOString() }),
    })),
  }
}

/**
 * Adds a sealing key. Refuses with INVALID_PARAM if a setting provides the sealing keys. The background seals the
 * values of the other keys again.
 */
export async function addSealingKey(context: Context, ring: KeyRing, call: OperatorCall): Promise<KeysView> {
  // A key must be beside the values that it seals, not in a folder that has replaced theirs.
  await context.storage.ping()
  const keyId = ring.addSealingKey()
  await logChange(context, call, { added: 'sealing key', keyId })
  return readKeys(context, ring)
}

/**
 * Removes a sealing key. Refuses with NOT_FOUND an unknown key, with INVALID_PARAM the one that seals and one that
 * still seals a value.
 */
export async function dropSealingKey(
  context: Context,
  ring: KeyRing,
  keyId: string,
  call: OperatorCall,
): Promise<void> {
  const [first, ...others] = context.secrets.sealingKeyIds()
  if (keyId === first) throw refuse('INVALID_PARAM', `${keyId} is the current sealing key.`)
  if (!others.includes(keyId)) throw refuse('NOT_FOUND', `There is no sealing key ${keyId}.`)
  const values = await context.storage.sealed.countUnder(keyId, valuesMax)
  if (values > 0)
    throw refuse(
      'INVALID_PARAM',
      `${values} values are still sealed with ${keyId}; they are being sealed again.`,
    )
  await context.storage.ping()
  ring.dropSealingKey(keyId)
  await logChange(context, call, { removed: 'sealing key', keyId })
}

/** Adds a signing key. Refuses with INVALID_PARAM while the last one does not sign yet. */
export async function addSigningKey(context: Context, ring: KeyRing, call: OperatorCall): Promise<KeysView> {
  const keyId = await ring.addSigningKey()
  await logChange(context, call, { added: 'signing key', keyId })
  return readKeys(context, ring)
}

function logChange(
  context: Context,
  call: OperatorCall,
  detail: Readonly<Record<string, string>>,
): Promise<void> {
  return context.storage.log.append(recorded(stampFor(context, call), { operation: 'keys', detail }))
}
