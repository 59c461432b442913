import type { FastifyReply, FastifyRequest } from 'fastify'
import { openEventStream } from '../../http/events/event-stream.ts'
import { ok, okText } from '../../http/routes/answer-schema.ts'
import { type Route, route } from '../../http/routes/route.ts'
import type { Clock } from '../../model/ports/clock.ts'
import {
  JournalPage,
  JournalQuery,
  JournalStreamQuery,
  NoneOtherRequest,
  Verdict,
  VerifyRequest,
} from '../../protocol/test-controls/journal.ts'
import { control } from '../requests/control.ts'
import type { Journal } from './journal.ts'
import { streamEntries, unreadBytesMax } from './stream.ts'
import { verify, verifyNoneOther } from './verify.ts'

export interface JournalControls {
  readonly journal: Journal
  /** Ends what waits: the world is removed, or the service stops. */
  readonly ending: AbortSignal
  /** The clock of the machine. */
  readonly machine: Clock
}

const path = '/_skillkeeper/test/journal'

/** `controlsOf`: of the world that a request is for. `operations`: the names of operations that the service has. */
export function journalRoutes(
  controlsOf: (request: FastifyRequest) => JournalControls,
  operations: () => ReadonlySet<string>,
): readonly Route[] {
  return [
    route({
      ...control('test_journal'),
      method: 'GET',
      path,
      operationId: 'readJournal',
      summary: 'Read the last exchanges of the world, the oldest first',
      query: JournalQuery,
      success: ok('The exchanges that fit.', JournalPage),
      handle: async (_context, request, reply) => {
        const { wait = 0, ...wanted } = request.query
        const controls = controlsOf(request)
        if (wait > 0) await waitFor(controls, wanted, wait * 1000, reply)
        return controls.journal.read(wanted)
      },
    }),
    route({
      ...control('test_journal'),
      method: 'GET',
      path: `${path}/stream`,
      operationId: 'followJournal',
      summary: 'Follow the exchanges of the world as server-sent events',
      query: JournalStreamQuery,
      success: okText('One event for each exchange; its data is a journal entry.', 'text/event-stream'),
      handle: (_context, request, reply) => follow(request, reply, controlsOf(request)),
    }),
    route({
      ...control('test_journal'),
      method: 'POST',
      path: `${path}/verify`,
      operationId: 'verifyJournal',
      summary: 'Verify that requests came',
      body: VerifyRequest,
      success: ok('The verdict, with the nearest requests if it is no.', Verdict),
      handle: (_context, request) => verify(controlsOf(request).journal, request.body, operations()),
    }),
    route({
      ...control('test_journal'),
      method: 'POST',
      path: `${path}/verify/none-other`,
      operationId: 'verifyNoneOther',
      summary: 'Verify that no other requests came',
      body: NoneOtherRequest,
      success: ok('The verdict.', Verdict),
      handle: (_context, request) => verifyNoneOther(controlsOf(request).journal, request.body),
    }),
  ]
}

async function waitFor(
  { journal, ending, machine }: JournalControls,
  query: JournalQuery,
  waitMs: number,
  { raw: response }: FastifyReply,
): Promise<void> {
  const over = new AbortController()
  const end = () => over.abort()
  response.once('close', end)
  const signal = AbortSignal.any([over.signal, ending])
  void machine.sleepUntil(machine.now() + waitMs, signal).then(end)
  await journal.waitFor(query, signal)
  response.off('close', end)
  end()
}

async function follow(
  { query, headers }: FastifyRequest<{ Querystring: JournalStreamQuery }>,
  reply: FastifyReply,
  { journal, ending, machine }: JournalControls,
): Promise<string> {
  const last = Number(headers['last-event-id'] ?? Number.NaN)
  const after = Number.isSafeInteger(last) ? last : (query.after ?? 0)
  const stream = openEventStream(reply, unreadBytesMax)
  const sleep = (ms: number, signal: AbortSignal) => machine.sleepUntil(machine.now() + ms, signal)
  await streamEntries(journal, stream, { after, signal: ending, sleep })
  return ''
}
