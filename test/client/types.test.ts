/** What does not compile. The compiler runs the test: a line that it should refuse and does not is an error. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type BatchDisableRequest,
  type BatchEnableRequest,
  type BatchGetRequest,
  type Enablement,
  type EnablementPage,
  type EnableRequest,
  type ErrorCode,
  type ManyResult,
  SkillsClient,
  type SkillsClientOptions,
  type Stage,
  type UnitEnablementsPage,
} from '../../src/client/index.ts'
import type * as wire from '../../src/protocol/enablement.ts'
import type * as errors from '../../src/protocol/errors.ts'

/** The same shape as the service has it, but for the brands of its IDs. */
type Plain<T> = T extends string & { readonly brand: string }
  ? string
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T
type Fits<Given extends Expected, Expected> = Given

/** Fails to compile when the client and the service no longer mean the same. */
export type InStep = [
  Fits<Plain<wire.EnablementBody>, Enablement>,
  Fits<Plain<wire.EnableAnswer>, Enablement>,
  Fits<Enablement, Plain<wire.EnableAnswer>>,
  Fits<Omit<EnableRequest, 'skillId'>, Plain<wire.EnableRequest>>,
  Fits<Plain<wire.EnableRequest> & { skillId: string }, EnableRequest>,
  Fits<Omit<BatchEnableRequest, 'skillId'>, Plain<wire.BatchEnableRequest>>,
  Fits<Plain<wire.BatchItem>, BatchEnableRequest['items'][number]>,
  Fits<Omit<BatchDisableRequest, 'skillId'>, Plain<wire.BatchDisableRequest>>,
  Fits<Pick<BatchGetRequest, 'items' | 'expand'>, Plain<Pick<wire.BatchGetRequest, 'items' | 'expand'>>>,
  Fits<Plain<wire.EnablementsOfUnitsPage>['results'], UnitEnablementsPage['results']>,
  Fits<Plain<wire.EnablementPage>['items'], EnablementPage['items']>,
  Fits<wire.Stage, Stage>,
  Fits<Stage, wire.Stage>,
  Fits<errors.ErrorCode, ErrorCode>,
]

const unitId = 'amzn1.alexa.unit.did.R101'
const skillId = 'amzn1.ask.skill.1'
const units = [unitId]
const endpoint = 'http://127.0.0.1:5337'
const credentials = 'Atza|token'

/** Never called: what it says is for the compiler. */
export async function wrongUse(client: SkillsClient): Promise<void> {
  await client.enable({ skillId, unitId, stage: 'live' })
  // @ts-expect-error A stage is needed.
  await client.enable({ skillId, unitId })
  // @ts-expect-error certification cannot be enabled alone.
  await client.enable({ skillId, unitId, stage: 'certification' })
  const link = { redirectUri: 'https://provider.example', authCode: 'code', type: 'CODE' } as const
  // @ts-expect-error The only type is AUTH_CODE.
  await client.enable({ skillId, unitId, stage: 'live', accountLinkRequest: link })
  // @ts-expect-error A unit is needed.
  await client.get({ skillId })
  // @ts-expect-error The page's names are kept.
  await client.list({ unit: unitId })
  // @ts-expect-error An item has a number.
  await client.batchEnable({ skillId, items: [{ unitId, stage: 'live' }] })
  // @ts-expect-error A stage is needed.
  await client.enableMany(units, { skillId })
  // @ts-expect-error A unit has an ID.
  await client.enableMany([{ unit: unitId }], { skillId, stage: 'live' })
  // @ts-expect-error There is one attribute to expand.
  await client.get({ skillId, unitId, expand: ['everything'] })
  // @ts-expect-error One ID is no list of units.
  client.getMany(unitId)
  // @ts-expect-error One ID is no list of units.
  await client.waitUntilAllEnabled(unitId, { skillId })
  // @ts-expect-error A result is not to be changed.
  ;(await client.get({ skillId, unitId })).status = 'ENABLED'

  for await (const item of client.list({ unitId })) item satisfies Enablement
  for await (const page of client.list({ unitId }).pages()) page satisfies EnablementPage
  const rows = [{ unitId, row: 1 }]
  const result = await client.enableMany(rows, { skillId, stage: 'live' })
  result satisfies ManyResult<{ unitId: string; row: number }>
  for (const { state, unit, refusal } of result.refusals) {
    state satisfies 'refused'
    unit.row satisfies number
    refusal.errorDescription satisfies string
  }
}

const wrongOptions: (() => SkillsClientOptions)[] = [
  // @ts-expect-error Where is it?
  () => ({ credentials }),
  // @ts-expect-error One place, not two.
  () => ({ endpoint, region: 'EU', credentials }),
  // @ts-expect-error There is no such region.
  () => ({ region: 'US', credentials }),
  // @ts-expect-error Credentials are needed.
  () => ({ endpoint }),
  // @ts-expect-error A client has a secret.
  () => ({ endpoint, credentials: { clientId: 'a' } }),
]

describe('The types of the client', () => {
  test('refuse what is wrong, and are in step with those of the service', () => {
    assert.equal(wrongOptions.length, 5)
    assert.ok(new SkillsClient({ endpoint, credentials }))
  })
})
