import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as Type from 'typebox'
import { describedRoutes } from '../../scripts/describe-api.ts'
import { created, noContent, ok } from '../../src/http/routes/answer-schema.ts'
import { route } from '../../src/http/routes/route.ts'

const routes = describedRoutes()

describe('The table of routes', () => {
  test('has a form for exactly the parameters of each path', () => {
    assert.ok(routes.length > 40)
    for (const { path, params } of routes) {
      const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
      assert.deepEqual(Object.keys(Object(params).properties ?? {}).sort(), named.sort(), path)
    }
  })

  test('has each method of a path once, and each operation ID once where it is described', () => {
    const addresses = routes.map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual([...new Set(addresses)], addresses)
    const operationIds = routes.filter(({ isHidden }) => !isHidden).map(({ operationId }) => operationId)
    assert.deepEqual([...new Set(operationIds)], operationIds)
  })

  test('says of each part of a request either that it is checked, or that the operation checks it', () => {
    for (const { path, query, body, unchecked } of routes) {
      assert.equal(query !== undefined && unchecked?.query !== undefined, false, path)
      assert.equal(body !== undefined && unchecked?.body !== undefined, false, path)
    }
  })

  test('types a handler by the schemas beside it', () => {
    const row = {
      config: { operation: 'test', access: 'anyone', shape: 'single' },
      method: 'POST',
      path: '/test/:id',
      operationId: 'test',
      summary: 'Test',
      tag: 'Test',
      params: Type.Object({ id: Type.String() }),
    } as const
    const Answer = Type.Object({ length: Type.Integer() })
    const success = created('It is.', Answer)
    assert.equal(success.status, 201)
    route({ ...row, success, handle: async (_context, { params }) => ({ length: params.id.length }) })
    // @ts-expect-error The parameter has another name.
    route({ ...row, success, handle: (_context, { params }) => ({ length: params.name.length }) })
    // @ts-expect-error The answer has another form.
    route({ ...row, success, handle: (_context, { params }) => ({ length: params.id }) })
    // @ts-expect-error Nothing is known of a body that no schema checks.
    route({ ...row, success, unchecked: { body: Answer }, handle: (_context, { body }) => body })
    // @ts-expect-error An answer without a body has none.
    route({ ...row, success: noContent('It is.'), handle: () => ({ length: 1 }) })
    route({ ...row, body: Answer, success: ok('It is.', Answer), handle: (_context, { body }) => body })
  })
})
