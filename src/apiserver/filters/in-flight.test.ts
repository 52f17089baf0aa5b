import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiRequest, UserInfo } from '#machinery'
import { requestInfoOf } from '../request/request-info.ts'
import { limitInFlight } from './in-flight.ts'

const jane: UserInfo = { name: 'jane', groups: ['system:authenticated'] }
const admin: UserInfo = { name: 'admin', groups: ['system:masters'] }

function asked(line: string, user = jane) {
  const [method = '', target = ''] = line.split(' ')
  const [path = '', query] = target.split('?')
  const request: ApiRequest = {
    method: method as ApiRequest['method'],
    path,
    query: new URLSearchParams(query),
    headers: {},
  }
  return { request, info: requestInfoOf(request), user }
}

const pods = '/api/v1/namespaces/default/pods'

test('requests that read and those that change are counted apart, and 429 says when to come again', () => {
  const inFlight = limitInFlight({ reading: 1, mutating: 1 })
  const reading = inFlight.enter(asked(`GET ${pods}`))
  const mutating = inFlight.enter(asked(`POST ${pods}`))
  const refused = { code: 429, reason: 'TooManyRequests' }
  assert.throws(() => inFlight.enter(asked(`GET ${pods}/a`)), refused)
  assert.throws(() => inFlight.enter(asked(`DELETE ${pods}/a`)), refused)
  reading[Symbol.dispose]()
  inFlight.enter(asked(`GET ${pods}/a`))
  assert.throws(() => inFlight.enter(asked(`PATCH ${pods}/a`)), refused)
  mutating[Symbol.dispose]()
  inFlight.enter(asked(`PATCH ${pods}/a`))
})

test('what runs long takes no place, and administrators always get an answer', () => {
  const inFlight = limitInFlight({ reading: 0, mutating: 0 })
  inFlight.enter(asked(`GET ${pods}?watch=1`))
  inFlight.enter(asked(`GET ${pods}/a/log?follow=true`))
  inFlight.enter(asked(`POST ${pods}/a/exec`))
  inFlight.enter(asked(`GET ${pods}`, admin))
  assert.throws(() => inFlight.enter(asked(`GET ${pods}`)), { code: 429 })
})
