/**
 * The promises of the storage port, for any engine. A test file calls it with a way to open an empty storage:
 * it knows the port and nothing of what is behind it.
 */
import { describe } from 'node:test'
import { catalogConformance } from './conformance/catalog.ts'
import { changesConformance } from './conformance/changes.ts'
import { enablementHistoriesConformance } from './conformance/enablement-histories.ts'
import { enablementsConformance } from './conformance/enablements.ts'
import { enablementsAtOnceConformance } from './conformance/enablements-at-once.ts'
import { enablementsOfUnitsConformance } from './conformance/enablements-of-units.ts'
import { grantsConformance } from './conformance/grants.ts'
import { keysConformance } from './conformance/keys.ts'
import { lifeConformance } from './conformance/life.ts'
import { linkHistoriesConformance } from './conformance/link-histories.ts'
import { linkLifeConformance } from './conformance/link-life.ts'
import { linkRenewalsConformance } from './conformance/link-renewals.ts'
import { linksConformance } from './conformance/links.ts'
import { logConformance } from './conformance/log.ts'
import type { OpenStorage } from './conformance/records.ts'
import { rolesConformance } from './conformance/roles.ts'
import { roomsConformance } from './conformance/rooms.ts'
import { sealedConformance } from './conformance/sealed.ts'
import { sessionsConformance } from './conformance/sessions.ts'
import { stepsConformance } from './conformance/steps.ts'
import { unitsConformance } from './conformance/units.ts'

/** `histories`: how many random histories are tried of each kind. */
export function storageConformance(name: string, open: OpenStorage, histories = 200): void {
  describe(`${name}:`, () => {
    lifeConformance(open)
    catalogConformance(open)
    unitsConformance(open)
    rolesConformance(open)
    roomsConformance(open)
    enablementsConformance(open)
    enablementsAtOnceConformance(open)
    enablementsOfUnitsConformance(open)
    enablementHistoriesConformance(open, histories)
    changesConformance(open)
    linksConformance(open)
    linkLifeConformance(open)
    linkRenewalsConformance(open)
    linkHistoriesConformance(open, histories)
    stepsConformance(open, histories)
    grantsConformance(open)
    sessionsConformance(open)
    keysConformance(open)
    sealedConformance(open)
    logConformance(open)
  })
}
