/**
 * Enables a skill in all rooms of a file, which has one unit ID per line, and waits until the skill is enabled everywhere. After an
 * interruption it writes the rooms that are left to a file of the same form. `node --import ./scripts/client-source.js examples/enable-rooms.ts FILE SKILL`
 */
import { open, writeFile } from 'node:fs/promises'
import { StoppedError } from 'skillkeeper/client'
import { client } from './connect.ts'

const [file = 'rooms.txt', skillId = 'amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000001'] =
  process.argv.slice(2)
const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort())

async function* rooms(): AsyncGenerator<string> {
  await using lines = await open(file)
  for await (const line of lines.readLines()) if (line !== '') yield line
}

try {
  const { accepted, refusals } = await client.enableMany(
    rooms(),
    { skillId, stage: 'live' },
    { signal: interrupt.signal, onProgress: (progress) => console.log(`${progress.accepted} accepted`) },
  )
  for (const { unitId, refusal } of refusals) console.log(`${unitId} refused: ${refusal.errorDescription}`)
  const refused = new Set(refusals.map(({ unitId }) => unitId))
  const waitFor = (await Array.fromAsync(rooms())).filter((room) => !refused.has(room))
  const { enabled } = await client.waitUntilAllEnabled(waitFor, { skillId })
  console.log(`${enabled} of ${accepted} enabled`)
} catch (error) {
  if (!(error instanceof StoppedError)) throw error
  const left = await Array.fromAsync(error.result.remaining())
  await writeFile(`${file}.left`, left.map((room) => `${room}\n`).join(''))
  console.log(`${error.message} ${left.length} rooms are left: ${file}.left`)
  process.exitCode = 1
}
