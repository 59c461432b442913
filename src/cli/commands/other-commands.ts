import type { Command } from 'commander'
import { replaceTyped } from '../service/typed-names.ts'
import { addTestCommands } from '../test-controls/test-commands.ts'
import { addPeopleCommands } from './access/people.ts'
import { addRoleCommands } from './access/roles.ts'
import { addSessionCommands } from './access/sessions.ts'
import { addAccountLinkingCommands } from './account-linking.ts'
import { addBatchCommand } from './batch.ts'
import { addCatalogCommands } from './catalog/catalog.ts'
import { addCompletion } from './completion.ts'
import { addConfigCommands } from './config.ts'
import { addConformCommands } from './conform.ts'
import { addDisableCommand } from './disable.ts'
import { addEnableCommand } from './enable.ts'
import { addExportCommand } from './export.ts'
import { addImportCommand } from './import.ts'
import { addOperationsCommand } from './operations.ts'
import { addReadCommands } from './read-enablements.ts'
import { addRefusalsCommand } from './refusals.ts'
import { addChangeCommands } from './rooms/changes.ts'
import { addRoomCommands } from './rooms/rooms.ts'
import { addTokenCommand } from './token.ts'
import { addUnitCommands } from './units.ts'
import { addWaitCommand } from './wait.ts'

/** Adds every command except `serve`, and completion for the shell. */
export function addOtherCommands(program: Command): void {
  addReadCommands(program)
  addEnableCommand(program)
  addDisableCommand(program)
  addBatchCommand(program)
  addChangeCommands(program)
  addWaitCommand(program)
  addUnitCommands(program)
  addRoomCommands(program)
  addRoleCommands(program)
  addCatalogCommands(program)
  addPeopleCommands(program)
  addSessionCommands(program)
  addAccountLinkingCommands(program)
  addTokenCommand(program)
  addOperationsCommand(program)
  addRefusalsCommand(program)
  addConfigCommands(program)
  addExportCommand(program)
  addImportCommand(program)
  addConformCommands(program)
  addTestCommands(program)
  addCompletion(program)
  program.hook('preAction', (_, command) => replaceTyped(command))
  for (const command of program.commands) nameItsHelp(command, program.name())
}

/** Makes usage errors refer to the help of their command. */
function nameItsHelp(command: Command, above: string): void {
  const name = `${above} ${command.name()}`
  command.showHelpAfterError(`(${name} --help shows the usage.)`)
  for (const inner of command.commands) nameItsHelp(inner, name)
}
