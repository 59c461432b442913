// A day's work without a mouse.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { hasBrowser, openConsole } from '../support/browser.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'

/** More stops than any screen has. */
const stopsMax = 80

test('A skill is put on, looked at and taken back by keyboard alone', async (t) => {
  if (!hasBrowser(t)) return
  const { page, url } = await openConsole(t, { catalog: hospitalCatalog })
  await page.goto(`${url}/console/p/${hospital.ward}`)
  await page.getByRole('treegrid').waitFor()

  await tabTo(page, page.getByRole('columnheader', { name: 'Room', exact: false }).first())
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await hasFocus(page.getByRole('rowheader', { name: 'Room 1' }))
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowDown')
  await page.getByText('2 rooms selected').waitFor()

  await tabTo(page, page.getByRole('button', { name: 'Turn a skill on' }))
  await page.keyboard.press('Enter')
  await tabTo(page, page.getByRole('checkbox', { name: 'Menu' }))
  await page.keyboard.press('Space')
  await page.getByText('will change').waitFor()
  await tabTo(page, page.getByRole('button', { name: 'Turn on (2)' }))
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('Done', { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('gridcell', { name: 'Room 2, Menu, on', exact: true }).waitFor()

  // The focus is where it was before the dialog.
  await hasFocus(page.getByRole('button', { name: 'Turn a skill on' }))
  await tabBackTo(page, page.getByRole('rowheader', { name: 'Room 2' }))
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off: Menu' }).waitFor()
  await page.keyboard.press('Escape')

  await page.keyboard.press('g')
  await page.keyboard.press('c')
  const change = page.getByRole('link', { name: 'Menu: turn on (2)' })
  await change.waitFor()
  await tabTo(page, change)
  await page.keyboard.press('Enter')
  await tabTo(page, page.getByRole('button', { name: 'Undo 2 …' }))
  await page.keyboard.press('Enter')
  await tabTo(page, page.getByRole('button', { name: 'Undo 2', exact: true }))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Undo – Menu' }).first().waitFor()

  await page.keyboard.press('/')
  await page.keyboard.type('room 1')
  await page.getByRole('option', { name: 'Room 1' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Room 1', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Turn on: Menu' }).waitFor()

  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
  await tabTo(page, page.getByRole('checkbox', { name: 'Keys of a single letter' }))
  await page.keyboard.press('Space')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  assert.equal(await page.getByRole('dialog').count(), 0)
})

async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  await target.waitFor()
  for (let stops = 0; stops < stopsMax; stops += 1) {
    if (await isFocused(target)) return
    await page.keyboard.press(key)
  }
  assert.fail(`${target} is not reached by ${key}.`)
}

async function tabBackTo(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target, 'Shift+Tab')
}

/** Waits until the target has the focus, which it gets when it has been drawn. */
async function hasFocus(target: Locator): Promise<void> {
  await target.and(target.page().locator(':focus')).waitFor()
}

function isFocused(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === element.ownerDocument.activeElement)
}
