/** The HTML of the authorize page. Escapes all values from outside. */
import { isConsole } from '../../model/console/console-client.ts'
import type { Parameters } from '../../operations/tokens/authenticate-client.ts'
import type { AuthorizationRequest } from '../../operations/tokens/authorize.ts'

/** The scopes in words. */
const scopeTexts: Readonly<Record<string, string>> = {
  'alexa::enterprise:management':
    'switch skills on and off and assign roles, in the units where whoever it acts for has a role',
  profile: 'read the name, address and ID of the account',
  'profile:user_id': 'read the ID of the account',
}

/** Returns the page with the question and the last problem. Its form contains the parameters of the request. */
export function authorizeHtml(
  request: AuthorizationRequest,
  parameters: Parameters,
  problem?: string,
): string {
  const { client } = request
  const forConsole = isConsole(client)
  const title = forConsole ? 'Sign in to the console' : `Allow ${client.name}?`
  return page(
    problem === undefined ? title : `Not accepted: ${title}`,
    `${forConsole ? `<h1>${title}</h1>` : question(request)}
<form method="post" action="${escapeHtml(addressOf(parameters))}" autocomplete="off">
${hiddenFields(parameters)}
${client.isDemo ? demoNote : signIn(parameters, problem, forConsole ? consoleLegends : legends)}
<p class="buttons">
<button type="submit" name="decision" value="allow">${forConsole ? 'Sign in' : 'Allow'}</button>
<button type="submit" name="decision" value="deny" class="second" formnovalidate>${forConsole ? 'Cancel' : 'Deny'}</button>
</p>
</form>`,
  )
}

function question({ client, scopes, redirectUri }: AuthorizationRequest): string {
  const items = scopes.map((scope) => {
    const text = Object.hasOwn(scopeTexts, scope) ? `${escapeHtml(scopeTexts[scope] ?? '')} ` : ''
    return `<li>${text}<code>${escapeHtml(scope)}</code></li>`
  })
  return `<h1>Allow <strong><bdi>${escapeHtml(client.name)}</bdi></strong>?</h1>
<p>The client <code><bdi>${escapeHtml(client.id)}</bdi></code> asks to:</p>
<ul>
${items.join('\n')}
</ul>
<p>The answer goes to <code><bdi>${escapeHtml(redirectUri)}</bdi></code></p>`
}

/** Returns the page for an error that must not be sent to the client. */
export function errorHtml(message: string, requestId: string): string {
  return page(
    'This request cannot be answered',
    `<h1>This request cannot be answered</h1>
<p role="alert">${escapeHtml(message)}</p>
<p>Request ID: <code>${escapeHtml(requestId)}</code></p>`,
  )
}

const demoNote = '<p>This is a client of the demo catalog: on this machine no sign-in is needed.</p>'

/** The client may act for whoever signs in; for the operator, by itself. */
const legends = {
  person: 'Sign in: it acts for you',
  operator: 'Or as the operator: it acts by itself',
}
const consoleLegends = { person: 'As yourself', operator: 'Or as the operator' }

/** Returns the ways to sign in. */
function signIn(
  parameters: Parameters,
  problem: string | undefined,
  { person, operator }: typeof legends,
): string {
  const tried = parameters.get('email') ? 'email' : 'operator_token'
  const marked = (name: string) =>
    problem !== undefined && name === tried ? ' aria-invalid="true" aria-describedby="problem" autofocus' : ''
  const alert = problem === undefined ? '' : `<p id="problem" role="alert">${escapeHtml(problem)}</p>\n`
  return `${alert}<fieldset>
<legend>${person}</legend>
<p><label for="email">E-mail address</label>
<input id="email" name="email" type="email" maxlength="254"${marked('email')}></p>
<p><label for="passphrase">Passphrase</label>
<input id="passphrase" name="passphrase" type="password" maxlength="1024"></p>
</fieldset>
<fieldset>
<legend>${operator}</legend>
<p><label for="operator_token">Operator's token</label>
<input id="operator_token" name="operator_token" type="password"${marked('operator_token')}></p>
</fieldset>`
}

/**
 * The address of the request, so that the page after an error can be reloaded and its address can be entered again. It has no
 * path, which may have a prefix that the page does not know.
 */
function addressOf(parameters: Parameters): string {
  return `?${new URLSearchParams(requestOf(parameters))}`
}

const ownAnswers: ReadonlySet<string> = new Set(['decision', 'operator_token', 'email', 'passphrase'])

/** Leaves out the person's answers: the form asks for them again. */
function requestOf(parameters: Parameters): [name: string, value: string][] {
  return [...parameters].filter(([name]) => !ownAnswers.has(name))
}

function hiddenFields(parameters: Parameters): string {
  return requestOf(parameters)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('\n')
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Skillkeeper</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

const style = `
:root { color-scheme: light dark; --line: #767676; --accent: #0b5cad; --on-accent: #fff; --alert: #b3261e }
@media (prefers-color-scheme: dark) { :root { --accent: #8ec5ff; --on-accent: #06203d; --alert: #ffb4ab } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 34rem; margin: 10vh auto; padding: 0 1.5rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25 }
label { display: block; font-weight: 600 }
fieldset { border: 1px solid var(--line); border-radius: .25rem; margin: 0 0 1rem }
legend { font-weight: 600; padding: 0 .25rem }
input { box-sizing: border-box; width: 100%; font: inherit; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem }
button { font: inherit; min-width: 7rem; padding: .5rem 1rem; border: 1px solid var(--accent); border-radius: .25rem; background: var(--accent); color: var(--on-accent) }
button.second { background: transparent; color: inherit; border-color: var(--line) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
[role=alert] { color: var(--alert); font-weight: 600 }
`

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
