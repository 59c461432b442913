/** The last exchanges of the world as they happen, newest first, each with the steps of its decision. */
import { useEffect, useState } from 'react'
import { useSearchParams } from 'wouter'
import { type JournalEntry, readJournal } from '../api/test-controls.ts'
import { DecisionSteps } from '../refusals/decision-steps.tsx'
import { Button, Check, Field, Row, Tag } from '../ui/controls.tsx'
import { CopyId } from '../ui/copy-id.tsx'
import { Empty, Problem } from '../ui/states.tsx'
import { useFormats, useWords } from '../words/words.tsx'
import css from './developer.module.css'

const keptMax = 500
const waitSeconds = 20
const shownMax = 100

export function Journal() {
  const words = useWords()
  const formats = useFormats()
  const [isOwnShown, setOwnShown] = useState(false)
  const [query, setQuery] = useSearchParams()
  const text = query.get('q') ?? ''
  const { entries, problem } = useJournal()
  const [heldAt, setHeldAt] = useState<number>()
  const newest = entries[0]?.seq ?? 0
  const fits = entries.filter(
    (entry) => (isOwnShown || !isOwn(entry)) && matches(entry, text) && entry.seq <= (heldAt ?? newest),
  )
  const waiting = heldAt === undefined ? 0 : newest - heldAt
  return (
    <>
      <Row>
        <Field label={words.developer.filter}>
          {(control) => (
            <input
              {...control}
              type="search"
              value={text}
              onChange={(event) =>
                setQuery(event.target.value ? { q: event.target.value } : {}, { replace: true })
              }
            />
          )}
        </Field>
        <Check
          label={words.developer.showOwn}
          checked={isOwnShown}
          onChange={(event) => setOwnShown(event.target.checked)}
        />
        <Button onClick={() => setHeldAt(heldAt === undefined ? newest : undefined)}>
          {heldAt === undefined ? words.developer.hold : words.developer.follow(formats.number(waiting))}
        </Button>
      </Row>
      {problem !== undefined && <Problem error={problem} />}
      {fits.length === 0 && <Empty title={words.developer.noEntries} />}
      <ol className={css.journal}>
        {fits.slice(0, shownMax).map((entry) => (
          <li key={entry.seq}>
            <Entry entry={entry} />
          </li>
        ))}
      </ol>
    </>
  )
}

function Entry({ entry }: { readonly entry: JournalEntry }) {
  const words = useWords()
  const { seq, operation, request, response, durationMs, clientId, fault, why, note, requestId } = entry
  const isGood = response.status > 0 && response.status < 400
  return (
    <details>
      <summary>
        <span className={css.soft}>{seq}</span>
        <span>
          {request.method} {words.operations[operation] ?? operation}
        </span>
        <span className={css.soft}>
          {clientId} {fault && `· ${fault}`} {note && `· ${note}`}
        </span>
        <span className={css.soft}>{Math.round(durationMs)} ms</span>
        <Tag tone={isGood ? 'good' : 'bad'}>
          {isGood ? '✓' : '✗'} {response.status || '–'}
        </Tag>
      </summary>
      <div className={css.entry}>
        <code>
          {request.method} {request.path}
        </code>
        <DecisionSteps steps={why} />
        {request.body !== undefined && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reached by the keyboard
          <pre tabIndex={0}>{JSON.stringify(request.body, null, 2)}</pre>
        )}
        {response.body !== undefined && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reached by the keyboard
          <pre tabIndex={0}>{JSON.stringify(response.body, null, 2)}</pre>
        )}
        <Row>
          <CopyId id={requestId} label={words.refusals.copyRequest} />
          <CopyId id={testOf(entry)} label={words.developer.copyTest} />
        </Row>
      </div>
    </details>
  )
}

/** Follows the journal: each call waits for the next entries. */
function useJournal() {
  const [entries, setEntries] = useState<readonly JournalEntry[]>([])
  const [problem, setProblem] = useState<unknown>()
  useEffect(() => {
    const over = new AbortController()
    async function run() {
      let after = 0
      while (!over.signal.aborted) {
        try {
          const { items, lastSeq } = await readJournal(after, after === 0 ? 0 : waitSeconds, over.signal)
          // A world that was taken back counts from the beginning.
          after = items.at(-1)?.seq ?? lastSeq
          setProblem(undefined)
          if (items.length > 0) setEntries((before) => [...items.toReversed(), ...before].slice(0, keptMax))
        } catch (error) {
          if (over.signal.aborted) return
          setProblem(error)
          await new Promise((resolve) => setTimeout(resolve, 3000))
        }
      }
    }
    void run()
    return () => over.abort()
  }, [])
  return { entries, problem }
}

/** The calls of this console itself. */
function isOwn({ request }: JournalEntry): boolean {
  return request.path.startsWith('/_skillkeeper/') || request.path.startsWith('/console')
}

function matches(entry: JournalEntry, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const { operation, clientId, request, response, unitIds, skillId } = entry
  const all = [operation, clientId, request.method, request.path, response.status, ...unitIds, skillId].join(
    ' ',
  )
  return words.every((word) => all.toLowerCase().includes(word))
}

/** The line of a test that expects this exchange. */
function testOf({ operation, clientId, response, skillId, unitIds }: JournalEntry): string {
  const [unitId] = unitIds
  const match = {
    operation,
    status: response.status,
    ...(clientId && { clientId }),
    ...(skillId && { skillId }),
  }
  return `await world.journal.expect(${JSON.stringify(unitIds.length === 1 ? { ...match, unitId } : match)}).times(1)`
}
