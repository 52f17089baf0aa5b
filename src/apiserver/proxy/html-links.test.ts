import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rewriteLinks } from './html-links.ts'

const rewrite = (url: string) => (url.startsWith('/') ? `/P${url}` : url)

async function rewritten(page: string, size = page.length): Promise<string> {
  const bytes = Buffer.from(page)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += Math.max(1, size)) {
      yield bytes.subarray(at, at + Math.max(1, size))
    }
  }
  return Buffer.concat(await Array.fromAsync(rewriteLinks(chunks(), rewrite))).toString()
}

const pages: readonly (readonly [page: string, expected: string])[] = [
  ['<a href="/x">test</a>', '<a href="/P/x">test</a>'],
  ["<A class=b HREF = '/x' >ä</A>", '<A class=b HREF = "/P/x" >ä</A>'],
  ['<img alt="a > b" src=/x>', '<img alt="a > b" src="/P/x">'],
  ['<img src="/x" longdesc="/y" title="/z"/>', '<img src="/P/x" longdesc="/P/y" title="/z"/>'],
  ['<a href>1</a><a href="x">2</a>', '<a href>1</a><a href="x">2</a>'],
  ['<p href="/x">/x</p> 1 < 2', '<p href="/x">/x</p> 1 < 2'],
  ['<!-- <a href="/x"> --><a href="/x">', '<!-- <a href="/x"> --><a href="/P/x">'],
  ['<!DOCTYPE html><?a href="/x"?><a href="/x">', '<!DOCTYPE html><?a href="/x"?><a href="/P/x">'],
  [
    `<script src="/s">"<a href='/x'>" </scripts </SCRIPT><a href="/x">`,
    `<script src="/P/s">"<a href='/x'>" </scripts </SCRIPT><a href="/P/x">`,
  ],
  ['<title><a href="/x"></title>', '<title><a href="/x"></title>'],
  ['<a href="/x"', '<a href="/x"'],
  ["<a href='/\"'>", '<a href="/P/&#34;">'],
]

describe('links of a page', () => {
  for (const [page, expected] of pages) {
    test(`${page} leads through the proxy, in whatever pieces it comes`, async () => {
      for (const size of [page.length * 2, 7, 3, 1]) {
        assert.equal(await rewritten(page, size), expected, `in pieces of ${size}`)
      }
    })
  }

  test('bytes that are no text come out as they went in', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
    async function* chunks() {
      yield bytes
    }
    const out = Buffer.concat(await Array.fromAsync(rewriteLinks(chunks(), rewrite)))
    assert.deepEqual(out, Buffer.from(bytes))
  })

  test('a tag without an end is handed on, however long it grows', async () => {
    const page = `<a href="${'x'.repeat(1_000_000)}`
    assert.equal(await rewritten(page, 10_000), page)
  })
})
