/**
 * Verifies what came. Where entries were dropped that could decide, the verdict is unknown, and never that something did not
 * come.
 */
import { refuse } from '../../model/refusal.ts'
import type {
  JournalEntry,
  NoneOtherRequest,
  Verdict,
  VerifyRequest,
} from '../../protocol/test-controls/journal.ts'
import { matchProblem } from './check-match.ts'
import { type Difference, differences } from './compare.ts'
import { isSameSkill } from './fits-query.ts'
import type { Journal } from './journal.ts'

type Match = Readonly<Record<string, unknown>>

interface Compared {
  readonly entry: JournalEntry
  readonly differences: readonly Difference[]
}

const nearestMax = 3
const seqsMax = 1000

/** Throws INVALID_PARAM for a match that no entry can fit. `operations`: the names of operations that the service has. */
export function verify(journal: Journal, request: VerifyRequest, operations: ReadonlySet<string>): Verdict {
  const { match, inOrder, count, after = 0 } = request
  if ((match === undefined) === (inOrder === undefined))
    throw refuse('INVALID_PARAM', 'The request body is invalid: it has either match or inOrder.')
  if (inOrder !== undefined && count !== undefined)
    throw refuse('INVALID_PARAM', 'count is invalid: it goes only with match.')
  for (const one of inOrder ?? [match ?? {}]) {
    const problem = matchProblem(one, operations)
    if (problem !== undefined) throw refuse('INVALID_PARAM', problem)
  }
  const entries = exchangesAfter(journal, after)
  // Secrets of a match are replaced by the same marks as those of an entry.
  const marked = (one: Match): Match => Object(journal.redact.value(one))
  const lost = lostAfter(journal, after)
  if (inOrder !== undefined) return verifyOrder(entries, inOrder.map(marked), lost)
  return verifyCount(entries, marked(match ?? {}), count ?? { atLeast: 1 }, lost)
}

function verifyCount(
  entries: readonly JournalEntry[],
  match: Match,
  {
    exactly,
    atLeast = exactly ?? 0,
    atMost = exactly ?? Number.POSITIVE_INFINITY,
  }: NonNullable<VerifyRequest['count']>,
  lost: number,
): Verdict {
  const compared = entries.map((entry) => compare(match, entry))
  const matched = compared.filter(({ differences }) => differences.length === 0)
  const found = matched.length
  const pass = found > atMost ? false : lost === 0 ? found >= atLeast : mayStillPass(found, atLeast, atMost)
  const wanted = exactly === undefined ? rangeText(atLeast, atMost) : `exactly ${exactly}`
  return {
    pass,
    matched: found,
    seqs: matched.slice(0, seqsMax).map(({ entry }) => entry.seq),
    message: `${found} of ${entries.length} requests match, and ${wanted} should.${lostText(pass, lost)}`,
    nearest: found < atLeast ? nearest(compared) : [],
  }
}

/** With entries lost, only a count that more of them cannot change is known. */
function mayStillPass(found: number, atLeast: number, atMost: number): true | null {
  return found >= atLeast && atMost === Number.POSITIVE_INFINITY ? true : null
}

function rangeText(atLeast: number, atMost: number): string {
  if (atMost === Number.POSITIVE_INFINITY) return `at least ${atLeast}`
  return atLeast === 0 ? `at most ${atMost}` : `${atLeast} to ${atMost}`
}

function verifyOrder(entries: readonly JournalEntry[], matches: readonly Match[], lost: number): Verdict {
  const seqs: number[] = []
  let rest = entries
  for (const [index, match] of matches.entries()) {
    const compared = rest.map((entry) => compare(match, entry))
    const place = compared.findIndex(({ differences }) => differences.length === 0)
    const found = compared[place]
    if (found === undefined) {
      const pass = lost === 0 ? false : null
      const where = index === 0 ? '' : ` behind #${seqs.at(-1)}`
      return {
        pass,
        matched: index,
        seqs,
        message: `No request${where} fits inOrder[${index}].${lostText(pass, lost)}`,
        nearest: nearest(compared),
      }
    }
    seqs.push(found.entry.seq)
    rest = rest.slice(place + 1)
  }
  return {
    pass: true,
    matched: matches.length,
    seqs,
    message: 'The requests came in this order.',
    nearest: [],
  }
}

/** Whether nothing else came than the entries that the request excepts. */
export function verifyNoneOther(journal: Journal, { after = 0, except = [] }: NoneOtherRequest): Verdict {
  const expected = new Set(except)
  const others = exchangesAfter(journal, after).filter(({ seq }) => !expected.has(seq))
  let lost = 0
  for (let seq = after + 1; seq <= journal.droppedUpTo; seq += 1) if (!expected.has(seq)) lost += 1
  const pass = others.length > 0 ? false : lost === 0 ? true : null
  const first = others
    .slice(0, nearestMax)
    .map(({ seq, operation, request }) => `#${seq} ${operation} ${request.method} ${request.path}`)
  const list =
    first.length === 0 ? 'Nothing else came.' : `${others.length} other requests came: ${first.join('; ')}.`
  return {
    pass,
    matched: others.length,
    seqs: others.slice(0, seqsMax).map(({ seq }) => seq),
    message: `${list}${lostText(pass, lost)}`,
    nearest: [],
  }
}

/** Entries without a request tell what happened to the world. */
function exchangesAfter(journal: Journal, after: number): JournalEntry[] {
  return journal.after(after).filter(({ request }) => request.method !== '')
}

function lostAfter({ droppedUpTo }: Journal, after: number): number {
  return Math.max(0, droppedUpTo - after)
}

function lostText(pass: boolean | null, lost: number): string {
  if (pass !== null) return ''
  return ` Unknown: ${lost} older requests are no longer in the journal.`
}

function nearest(compared: readonly Compared[]): Verdict['nearest'] {
  return compared
    .filter(({ differences }) => differences.length > 0)
    .toSorted(
      (one, other) => one.differences.length - other.differences.length || other.entry.seq - one.entry.seq,
    )
    .slice(0, nearestMax)
    .map(({ entry, differences }) => ({ seq: entry.seq, differences: [...differences] }))
}

function compare(match: Match, entry: JournalEntry): Compared {
  const merged = mergedView(entry)
  const { skillId, unitId, ...others } = match
  const found = differences(others, merged)
  if (skillId !== undefined && !(typeof skillId === 'string' && isSameSkill(skillId, merged.skillId)))
    found.push(...differences(skillId, merged.skillId, 'skillId'))
  if (unitId !== undefined && !merged.unitIds.some((one) => differences(unitId, one).length === 0))
    found.push(
      ...differences(unitId, merged.unitIds.length > 1 ? merged.unitIds : merged.unitIds[0], 'unitId'),
    )
  return { entry, differences: found }
}

function mergedView({ request, response, ...entry }: JournalEntry) {
  return {
    ...entry,
    ...request,
    status: response.status,
    responseHeaders: response.headers,
    ...('body' in response && { responseBody: response.body }),
  }
}
