import type { LogEntryView } from '../api/wire.ts'
import type { Words } from '../words/en.ts'

/** The operation of an entry in words. An operation of a newer service has its name. */
export function whatText(words: Words, { operation, detail }: LogEntryView): string {
  const text = words.operations[operation] ?? operation
  const stage =
    typeof detail?.['stage'] === 'string' && detail['stage'] !== 'live' ? ` (${detail['stage']})` : ''
  return `${text}${stage}`
}

export function outcomeText(words: Words, { outcome }: LogEntryView): string {
  return words.outcomes[outcome]
}
