/** How long a house takes: 5,000 rooms by batches, until the service shows the last ones as `ENABLED`. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Row } from './bench.ts'
import { skillId, skillsEverywhere, unitId } from './dataset.ts'
import { row } from './rows.ts'
import { accessToken, enablementPath, fetchText, type Service } from './service.ts'

const size = 100
const connections = 4
const pollMs = 5
const roomsTimeoutMs = 60_000
const rooms = 5000
/** The service has ten skills in each room. */
export const houseEnablements = rooms * skillsEverywhere

export async function house(bench: Bench, service: Service, engine: string): Promise<Row> {
  const token = await accessToken(service)
  const seconds: number[] = []
  for (let round = 0; round < bench.rounds.counted; round++) {
    const pairs = { token, units: rooms, from: houseEnablements + round * rooms }
    const job = { url: service.url, connections, seconds: 60 }
    const startedAt = performance.now()
    await bench.load.run(service, {
      ...job,
      countMax: rooms / size,
      expectedStatus: 202,
      requests: { kind: 'batch', size, ...pairs },
    })
    const statusOf = async (room: number) => {
      const path = enablementPath(skillId(skillsEverywhere + round), unitId(room))
      return JSON.parse(await fetchText(service, path, token)).status
    }
    // The last batches were sent side by side. All items of a batch are enabled together.
    for (let batch = 1; batch <= connections; batch++)
      await untilEnabled(() => statusOf(rooms - batch * size))
    seconds.push((performance.now() - startedAt) / 1000)
    // A room that was left out would be a 404 here, which ends the run.
    await bench.load.run(service, {
      ...job,
      countMax: rooms,
      expectedStatus: 200,
      requests: { kind: 'get-each', ...pairs },
    })
  }
  const measured = '5,000 rooms in 50 batches until all are ENABLED (including the delay of 200 ms)'
  return row(engine + measured, 's', seconds, { atMost: 1 })
}

async function untilEnabled(statusOf: () => Promise<string>): Promise<void> {
  const endsAt = performance.now() + roomsTimeoutMs
  while ((await statusOf()) !== 'ENABLED') {
    if (performance.now() > endsAt) throw new Error('The rooms were not enabled in time.')
    await sleep(pollMs)
  }
}
