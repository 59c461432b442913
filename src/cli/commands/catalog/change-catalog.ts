import { writeFileSync } from 'node:fs'
import { Argument, type Command } from 'commander'
import type { ClientSecret } from '../../../protocol/catalog/record-patch.ts'
import { parseJson } from '../../../protocol/parse-json.ts'
import { addConnectionOptions, type ConnectionOptions } from '../../service/connection.ts'
import { openOperator } from '../../service/operator.ts'
import { wrongUsage } from '../../terminal/command-error.ts'
import { tell } from '../../terminal/output.ts'

/** The path of each kind of record. */
const kinds = { organization: 'organizations', skill: 'skills', client: 'clients', person: 'people' } as const
type Kind = keyof typeof kinds

/** `skillkeeper catalog save`, `change` and `secret`: the catalog as a file, and changes of one record. */
export function addChangeCommands(catalog: Command): void {
  const save = catalog
    .command('save')
    .argument('[FILE]', 'The file to write. Default: standard output.')
    .description('Save the catalog of a service as a catalog file, without secrets.')
    .addHelpText('before', 'Example: skillkeeper catalog save catalog.json\n')
  addConnectionOptions(save).action(async (file: string | undefined, options: ConnectionOptions) => {
    const found = await openOperator(options).call<object>('GET', '/_skillkeeper/catalog')
    const text = `${JSON.stringify(found, undefined, 2)}\n`
    if (file === undefined) return void process.stdout.write(text)
    try {
      writeFileSync(file, text)
    } catch (error) {
      throw wrongUsage(`The file ${file} cannot be written: ${String(error)}`, error)
    }
    tell(`${file} has the catalog. {"stored": true} is in the place of each secret.`)
  })
  const change = catalog
    .command('change')
    .addArgument(new Argument('<KIND>', 'The kind of record.').choices(Object.keys(kinds)))
    .argument('<ID>', 'The ID of the record.')
    .argument('<JSON>', 'The properties that shall change; null removes one.')
    .description('Change properties of one record, and print it. What is not named stays.')
    .addHelpText(
      'before',
      'Example: skillkeeper catalog change client front-desk \'{"name": "Front desk", "grants": null}\'\n',
    )
  addConnectionOptions(change).action(
    async (kind: Kind, id: string, json: string, options: ConnectionOptions) => {
      const parsed = parseJson(json)
      if (!('value' in parsed)) throw wrongUsage(`The change is not JSON: ${parsed.problem.message}.`)
      const path = `/_skillkeeper/${kinds[kind]}/${encodeURIComponent(id)}`
      const record = await openOperator(options).call<object>('PATCH', path, parsed.value)
      process.stdout.write(`${JSON.stringify(record, undefined, 2)}\n`)
    },
  )
  const secret = catalog
    .command('secret')
    .argument('<CLIENT>', 'The ID of a client.')
    .description('Give a client a new secret, and print it. The old one ends at once.')
    .addHelpText('before', 'Example: skillkeeper catalog secret front-desk\n')
  addConnectionOptions(secret).action(async (id: string, options: ConnectionOptions) => {
    const path = `/_skillkeeper/clients/${encodeURIComponent(id)}/secret`
    const made = await openOperator(options).call<ClientSecret>('POST', path)
    process.stdout.write(`${made.secret}\n`)
  })
}
