/** Changes of many rooms, as a test asks for them. */
import assert from 'node:assert/strict'
import type {
  ChangeItemPage,
  ChangeItemView,
  ChangePreview,
  ChangeRequest,
  ChangeView,
} from '../../src/protocol/console/change.ts'
import { type Answer, operatorToken, type TestService } from './service.ts'

/** What a test asks for: IDs are plain text here. */
export interface Asked {
  readonly action: ChangeRequest['action']
  readonly skillIds: readonly string[]
  readonly units: { ids?: readonly string[]; under?: string; level?: number; name?: string }
  readonly stage?: string
  readonly partition?: unknown
}

export interface Changes {
  /** Sends a request below `/_skillkeeper/changes` and returns the answer, whatever it is. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  preview(asked: Asked): Promise<ChangePreview>
  start(asked: Asked): Promise<ChangeView>
  get(id: string): Promise<ChangeView>
  /** Starts it, and returns it once the background has nothing more to do. */
  made(asked: Asked): Promise<ChangeView>
  items(id: string, query?: string): Promise<ChangeItemView[]>
  /** The outcome of each item, in their order. */
  outcomes(id: string): Promise<string[]>
  undo(id: string): Promise<ChangeView>
  retry(id: string): Promise<ChangeView>
  list(query?: string): Promise<string[]>
}

/** Asks as the operator, or with another token. */
export function changesOf(service: TestService, token = operatorToken): Changes {
  const ask: Changes['ask'] = (method, path, body, headers) =>
    service.call(method, `/_skillkeeper/changes${path}`, {
      token,
      ...(body !== undefined && { body }),
      ...(headers !== undefined && { headers }),
    })
  const expect = async <T>(status: number, answer: Promise<Answer>): Promise<T> => {
    const { status: found, text } = await answer
    assert.equal(found, status, text)
    return JSON.parse(text)
  }
  const get = (id: string) => expect<ChangeView>(200, ask('GET', `/${id}`))
  const ended = async ({ id }: ChangeView) => {
    await service.world.settled()
    return get(id)
  }
  const start = (asked: Asked) => expect<ChangeView>(202, ask('POST', '', asked))
  const items: Changes['items'] = async (id, query = '') =>
    (await expect<ChangeItemPage>(200, ask('GET', `/${id}/items${query}`))).items
  return {
    ask,
    start,
    get,
    items,
    preview: (asked) => expect(200, ask('POST', '/preview', asked)),
    made: async (asked) => ended(await start(asked)),
    outcomes: async (id) => (await items(id)).map(({ outcome }) => outcome),
    undo: async (id) => ended(await expect(202, ask('POST', `/${id}/undo`))),
    retry: async (id) => ended(await expect(202, ask('POST', `/${id}/retry`))),
    list: async (query = '') =>
      (await expect<{ items: ChangeView[] }>(200, ask('GET', query))).items.map(({ id }) => id),
  }
}

/** Holds the background before it does the items of a change for the second time, until `go` is called. */
export function heldAfterFirstWrite(service: Pick<TestService, 'world'>): {
  readonly held: Promise<void>
  go(): void
} {
  const { changes } = service.world.context.storage
  const { settle } = changes
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let writes = 0
  changes.listWaiting = holdBefore(changes.listWaiting)
  changes.settle = (...given) => {
    writes += 1
    return settle(...given)
  }
  function holdBefore(list: typeof changes.listWaiting): typeof changes.listWaiting {
    return async (...given) => {
      if (writes === 1) {
        reached.resolve()
        await released.promise
      }
      return list(...given)
    }
  }
  return { held: reached.promise, go: () => released.resolve() }
}

/** Holds the background once it has noted so many pages of items, until `go` is called. */
export function heldAtPage(
  service: TestService,
  pages: number,
): { readonly held: Promise<void>; go(): void } {
  const { changes } = service.world.context.storage
  const { addItems } = changes
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let noted = 0
  changes.addItems = async (...given) => {
    if (noted === pages) {
      reached.resolve()
      await released.promise
    }
    noted += 1
    return addItems(...given)
  }
  const go = () => {
    changes.addItems = addItems
    released.resolve()
  }
  return { held: reached.promise, go }
}

/** A catalog with a hospital of so many rooms, each of them below a ward of a hundred. */
export function catalogOfRooms(count: number, skills: readonly object[]) {
  const unit = (name: string) => `amzn1.alexa.unit.did.${name}`
  const wards = Array.from({ length: Math.ceil(count / 100) }, (_, ward) => ({
    id: unit(`WARD-${ward + 1}`),
    name: `Ward ${ward + 1}`,
    units: Array.from({ length: Math.min(100, count - ward * 100) }, (_, room) => ({
      id: unit(`ROOM-${ward * 100 + room + 1}`),
      name: `Room ${ward * 100 + room + 1}`,
    })),
  }))
  return {
    organizations: [{ id: unit('MANY'), name: 'Many', solution: 'healthcare', country: 'US', units: wards }],
    skills,
    clients: [],
  }
}
