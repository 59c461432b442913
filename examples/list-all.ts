/** Lists all enablements of a unit, page after page. `node --import ./scripts/client-source.js examples/list-all.ts [UNIT]` */
import { client } from './connect.ts'

const [unitId = 'amzn1.alexa.unit.did.ROOM101'] = process.argv.slice(2)

for await (const { skill, status } of client.list({ unitId })) {
  console.log(`${skill.id} ${skill.stage} ${status}`)
}
