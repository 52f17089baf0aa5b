import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rewriteUrl } from './rewrite-url.ts'

const prefix = '/api/v1/namespaces/default/pods/web:8080/proxy'
const place = {
  prefix,
  requestHost: 'api.example:6443',
  target: { scheme: 'http', host: '10.0.0.7', port: 8080, nodeName: 'n1' },
} as const

const links: readonly (readonly [from: string, to: string])[] = [
  ['/x?q=/a#f', `${prefix}/x?q=/a#f`],
  ['/', `${prefix}/`],
  ['/a//b/../c/', `${prefix}/a/c/`],
  [`${prefix}/x`, `${prefix}/x`],
  ['http://10.0.0.7:8080/x', `${prefix}/x`],
  ['//10.0.0.7:8080/x', `${prefix}/x`],
  ['https://api.example:6443/x', `https://api.example:6443${prefix}/x`],
  [`https://api.example:6443${prefix}/x`, `https://api.example:6443${prefix}/x`],
  ['http://10.0.0.7:8080', 'http://10.0.0.7:8080'],
  ['http://10.0.0.7:9090/x', 'http://10.0.0.7:9090/x'],
  ['http://10.0.0.7/x', 'http://10.0.0.7/x'],
  ['http://elsewhere/x', 'http://elsewhere/x'],
  ['x/y', 'x/y'],
  ['../x', '../x'],
  ['?q=1', '?q=1'],
  ['#top', '#top'],
  ['', ''],
  ['mailto:a@b', 'mailto:a@b'],
  ['javascript:go()', 'javascript:go()'],
]
for (const [from, to] of links) {
  test(`${from || 'nothing'} becomes ${to || 'nothing'}`, () => {
    assert.equal(rewriteUrl(from, place), to)
  })
}

test('the usual port of a scheme need not be named', () => {
  const target = { ...place.target, port: 80 }
  assert.equal(rewriteUrl('http://10.0.0.7/x', { ...place, target }), `${prefix}/x`)
  const six = { ...place.target, host: 'fd00::7' }
  assert.equal(rewriteUrl('http://[fd00::7]:8080/x', { ...place, target: six }), `${prefix}/x`)
})
