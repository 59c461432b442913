/** Fills a new storage with the data set, through the program that is measured, whatever its tables are. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  largeUnitId,
  skillId,
  skillsEverywhere,
  skillsInAll,
  unitId,
  unitsOf,
  writeFullCatalogs,
} from './dataset.ts'
import type { LoadGenerator } from './load.ts'
import type { Requests } from './requests.ts'
import { accessToken, enablementPath, fetchText, type Service } from './service.ts'

const batchSize = 100
const hourSeconds = 3600
/** The background of a release that writes the activation is done by then, since it takes what is due in order. */
const settleMs = 1000

/** Starts a service with each of the catalogs that have all units and skills, and stops it. */
export async function fillCatalog(
  folder: string,
  enablements: number,
  hasLargeUnit: boolean,
  start: (catalog: string) => Promise<Service>,
): Promise<void> {
  for (const catalog of writeFullCatalogs(folder, unitsOf(enablements), hasLargeUnit)) {
    const service = await start(catalog)
    await service.stop()
  }
}

/** Enables ten skills in all units by batches, house after house, and all skills on the large unit. Returns when all of it is `ENABLED`. */
export async function fillEnablements(
  load: LoadGenerator,
  service: Service,
  enablements: number,
  hasLargeUnit: boolean,
): Promise<void> {
  const token = await accessToken(service)
  const units = unitsOf(enablements)
  const send = (requests: Requests, countMax: number, connections: number, expectedStatus: number) =>
    load.run(service, {
      url: service.url,
      seconds: hourSeconds,
      requests,
      countMax,
      connections,
      expectedStatus,
    })
  await send({ kind: 'fill', token, size: batchSize }, enablements / batchSize, 8, 202)
  if (hasLargeUnit) {
    await send({ kind: 'enable-skills', token, unitId: largeUnitId }, skillsInAll, 32, 201)
    await untilEnabled(service, token, skillsInAll - 1, largeUnitId)
  }
  await untilEnabled(service, token, skillsEverywhere - 1, unitId(units - 1))
  await sleep(settleMs)
}

async function untilEnabled(service: Service, token: string, skill: number, unitId: string): Promise<void> {
  const path = enablementPath(skillId(skill), unitId)
  while (JSON.parse(await fetchText(service, path, token)).status !== 'ENABLED') await sleep(100)
}
