import { type Bench, fewEnablements } from './bench.ts'
import { unitsOf } from './dataset.ts'
import type { Measured } from './load.ts'
import { accessToken, type Service } from './service.ts'

/** Returns what reads random enablements for a slice, from a service with `fewEnablements`. */
export async function readLoad(bench: Bench, service: Service): Promise<() => Promise<Measured>> {
  const token = await accessToken(service)
  return () =>
    bench.load.run(service, {
      url: service.url,
      connections: 32,
      seconds: bench.seconds,
      expectedStatus: 200,
      requests: { kind: 'get', token, units: unitsOf(fewEnablements) },
    })
}
