/** The requests that a job makes, as they go over the wire. */
import { skillId, skillsEverywhere, unitId } from './dataset.ts'

export type Requests =
  /** Of a random unit and a random one of the skills that are enabled everywhere. */
  | { readonly kind: 'get'; readonly token: string; readonly units: number }
  /** Of a random unit. */
  | { readonly kind: 'list'; readonly token: string; readonly units: number }
  /** Of `size` random units, of which a page shows the first ones. */
  | {
      readonly kind: 'batch-get'
      readonly token: string
      readonly units: number
      readonly size: number
      readonly maxResults: number
    }
  /** Pairs of a unit and a skill, counted from `from`: those behind the stored ones are fresh. */
  | { readonly kind: 'enable'; readonly token: string; readonly units: number; readonly from: number }
  /** The stored pairs, house after house: each batch enables one of the skills that every unit has in the `size` rooms of a house. */
  | { readonly kind: 'fill'; readonly token: string; readonly size: number }
  /** Those pairs, one after the other. */
  | { readonly kind: 'get-each'; readonly token: string; readonly units: number; readonly from: number }
  /** One skill after the other on one unit. */
  | { readonly kind: 'enable-skills'; readonly token: string; readonly unitId: string }
  /** Each of a principal that has not the role yet: counted from `from`. */
  | { readonly kind: 'assign'; readonly token: string; readonly path: string; readonly from: number }
  | {
      readonly kind: 'batch'
      readonly token: string
      readonly units: number
      /** Counts items, of which every request has `size`. */
      readonly from: number
      readonly size: number
    }
  /** The same again and again. */
  | { readonly kind: 'form'; readonly path: string; readonly form: Readonly<Record<string, string>> }
  | { readonly kind: 'fixed'; readonly path: string; readonly token: string }

/** Gives a function that makes the next request. */
export function requestMaker(requests: Requests, host: string): () => string {
  switch (requests.kind) {
    case 'get':
      return () =>
        getText(host, requests.token, enablementPath(below(skillsEverywhere)), below(requests.units))
    case 'list':
      return () => getText(host, requests.token, listPath, below(requests.units))
    case 'batch-get':
      return () => batchGetText(host, requests)
    case 'fixed': {
      const text = `GET ${requests.path} ${head(host, requests.token)}\r\n`
      return () => text
    }
    case 'form': {
      const body = new URLSearchParams(requests.form).toString()
      const type = 'content-type: application/x-www-form-urlencoded'
      const text = `POST ${requests.path} HTTP/1.1\r\nhost: ${host}\r\n${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      return () => text
    }
    case 'enable':
      return enableMaker(host, requests)
    case 'fill': {
      const { token, size } = requests
      let batch = 0
      return () => {
        const first = Math.floor(batch / skillsEverywhere) * size
        return batchText(host, token, batch++ % skillsEverywhere, (item) => first + item, size)
      }
    }
    case 'get-each': {
      let next = requests.from
      return () => {
        const { skill, unit } = pairOf(next++, requests.units)
        return getText(host, requests.token, enablementPath(skill), unit)
      }
    }
    case 'enable-skills': {
      const { token, unitId } = requests
      let skill = 0
      return () => postText(host, token, enablementPath(skill++), { unitId, stage: 'live' })
    }
    case 'assign': {
      let next = requests.from
      const { path, token } = requests
      return () => postText(host, token, path, { principalId: `amzn1.account.N${next++}` })
    }
    case 'batch':
      return batchMaker(host, requests)
  }
}

function enableMaker(
  host: string,
  { token, units, from }: Extract<Requests, { kind: 'enable' }>,
): () => string {
  let next = from
  return () => {
    const { skill, unit } = pairOf(next++, units)
    return postText(host, token, enablementPath(skill), { unitId: unitId(unit), stage: 'live' })
  }
}

function batchMaker(
  host: string,
  { token, units, from, size }: Extract<Requests, { kind: 'batch' }>,
): () => string {
  let next = from
  return () => {
    const from = next
    next += size
    return batchText(host, token, pairOf(from, units).skill, (item) => pairOf(from + item, units).unit, size)
  }
}

function batchText(
  host: string,
  token: string,
  skill: number,
  unitOf: (item: number) => number,
  size: number,
): string {
  const items = Array.from({ length: size }, (_, item) => ({
    itemId: item + 1,
    unitId: unitId(unitOf(item)),
    stage: 'live',
  }))
  return postText(host, token, `${enablementPath(skill)}/batch`, { items })
}

function batchGetText(
  host: string,
  { token, units, size, maxResults }: Extract<Requests, { kind: 'batch-get' }>,
): string {
  const items = Array.from({ length: size }, (_, itemId) => ({ itemId, unitId: unitId(below(units)) }))
  return postText(host, token, `${listPath}/batchGet`, { paginationContext: { maxResults }, items })
}

function getText(host: string, token: string, path: string, unit: number): string {
  return `GET ${path}?unitId=${unitId(unit)} ${head(host, token)}\r\n`
}

function postText(host: string, token: string, path: string, body: object): string {
  const text = JSON.stringify(body)
  const type = 'content-type: application/json'
  return `POST ${path} ${head(host, token)}${type}\r\ncontent-length: ${text.length}\r\n\r\n${text}`
}

function head(host: string, token: string): string {
  return `HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\naccept: application/json\r\n`
}

const listPath = '/v1/skills/enablements'

/** Room after room, then the next skill: the stored enablements have the first numbers. */
export function pairOf(number: number, units: number): { skill: number; unit: number } {
  return { skill: Math.floor(number / units), unit: number % units }
}

function enablementPath(skill: number): string {
  return `/v1/skills/${skillId(skill)}/enablements`
}

function below(count: number): number {
  return Math.floor(Math.random() * count)
}
