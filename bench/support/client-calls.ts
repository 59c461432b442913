/** A program that calls the API, by the typed client or by a bare `fetch`, as often as it can within the time. */
import { SkillsClient } from '../../src/client/index.ts'
import { skillId, unitId } from './dataset.ts'

export interface CallsJob {
  readonly url: string
  readonly by: 'client' | 'fetch'
  readonly connections: number
  readonly seconds: number
}

export type CallsAnswer = { readonly calls: number } | { readonly failure: string }

const token = `Atza|${'x'.repeat(350)}`
const target = { skillId: skillId(0), unitId: unitId(0) }

process.on('message', (job: CallsJob | 'usage') => {
  if (job === 'usage') return
  run(job).then(
    (calls) => process.send?.({ calls } satisfies CallsAnswer),
    (error) => process.send?.({ failure: String(error) } satisfies CallsAnswer),
  )
})
process.channel?.ref()
console.log('ready')

async function run({ url, by, connections, seconds }: CallsJob): Promise<number> {
  const client = new SkillsClient({ endpoint: url, credentials: token })
  const call = by === 'client' ? () => client.get(target) : () => bareGet(url)
  const endsAt = performance.now() + seconds * 1000
  let calls = 0
  async function drive(): Promise<void> {
    while (performance.now() < endsAt) {
      const { status } = await call()
      if (status !== 'ENABLED') throw new Error(`${by} got ${status}`)
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, drive))
  return calls
}

async function bareGet(url: string): Promise<{ status: string }> {
  const address = `${url}/v1/skills/${target.skillId}/enablements?unitId=${target.unitId}`
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(`answered ${response.status}`)
  return (await response.json()) as { status: string }
}
