import password from '@inquirer/password'
import { wrongUsage } from './command-error.ts'

/**
 * Asks for a secret at the terminal without showing it. Without a terminal it throws a CommandError whose message ends
 * with `otherwise`.
 */
export async function askSecret(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw wrongUsage(
      `${question.replace(/:$/, '')} is missing, and there is no terminal for a prompt. ${otherwise}`,
    )
  // Standard output is for the result of the command.
  return await password({ message: question, mask: '*', toggleMask: false }, { output: process.stderr })
}
