/** Enables a skill in a room and waits until it is `ENABLED`. `node --import ./scripts/client-source.js examples/first-call.ts` */
import { client } from './connect.ts'

const skillId = 'amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000001'
const unitId = 'amzn1.alexa.unit.did.ROOM101'

const enabling = await client.enable({ skillId, unitId, stage: 'live', partitionName: 'Room101' })
console.log(enabling.status)
const enabled = await client.waitUntilEnabled({ skillId, unitId })
console.log(enabled.status)
