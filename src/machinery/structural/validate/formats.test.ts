import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withinMs } from '../../hostile-fixture.ts'
import { hasFormat } from './formats.ts'

/** What has the format, and what has not, as upstream's own validators say. */
const table: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  bsonobjectid: [
    ['507f1f77bcf86cd799439011'],
    ['507f1f77bcf86cd79943901', 'g07f1f77bcf86cd799439011'],
  ],
  uri: [
    [
      'http://a.b/#c',
      '/abs',
      'mailto:a@b',
      'http://[::1]:80/',
      'x://a:1:2/',
      '*',
      'http://[fe80::1%25en0]/',
    ],
    [
      '',
      'a.b',
      './rel',
      'http://a b/',
      '/%zz',
      'http://a:1:2/',
      ':a',
      'http://[:1]/',
      'http://%41/',
      'http://a:b/',
    ],
  ],
  email: [
    [
      'a@b.c',
      'A B <a@b>',
      '"x y"@c',
      'a@[1.2.3.4]',
      'a@b (c)',
      '"" <a@b>',
      'A. B <a@b>',
      'group: a@b;',
    ],
    ['', 'a', '@b', 'a..b@c', 'a@b,c@d', 'A <a@b', 'a@[1.2]', 'a b@c', '""@b', 'a@b(c', 'group: ;'],
  ],
  hostname: [
    ['a', 'a-b', 'a.com', '1a.example.london', '\u2603.net'],
    ['', 'a_b', 'a.c', 'a..com', '-a.com', '1.2.3.44', 'a.com.', `${'a'.repeat(64)}.com`],
  ],
  ipv4: [
    ['1.2.3.4', '01.2.3.4', '::ffff:1.2.3.4'],
    ['256.1.1.1', '1.2.3', '::1'],
  ],
  ipv6: [
    ['::1', '::ffff:1.2.3.4'],
    ['1.2.3.4', '1::2::3', '::ffff:01.2.3.4', 'fe80::1%en0'],
  ],
  cidr: [
    ['1.2.3.4/8', '::1/128', '::ffff:1.2.3.4/20'],
    ['1.2.3.4', '1.2.3.4/33', '/8', '1.2.3.4/+8'],
  ],
  mac: [
    ['01:02:03:04:05:06', '0102.0304.0506', '01-02-03-04-05-06-07-08'],
    ['01:02:03:04:05', '01:02-03:04:05:06'],
  ],
  uuid: [
    ['123e4567-e89b-12d3-a456-426614174000', '123E4567E89B12D3A456426614174000'],
    ['123e4567'],
  ],
  uuid3: [['123e4567-e89b-32d3-a456-426614174000'], ['123e4567-e89b-42d3-a456-426614174000']],
  uuid4: [['123e4567-e89b-42d3-a456-426614174000'], ['123e4567-e89b-42d3-c456-426614174000']],
  uuid5: [['123e4567-e89b-52d3-b456-426614174000'], ['123e4567-e89b-42d3-a456-426614174000']],
  isbn: [
    ['0321751043', '978-0321751041'],
    ['0321751044', '978-0321751042'],
  ],
  isbn10: [['080442957X'], ['978-0321751041']],
  isbn13: [['978 0321751041'], ['080442957X']],
  creditcard: [
    ['4111-1111-1111-1111', '378282246310005'],
    ['4111-1111-1111-1112', ''],
  ],
  ssn: [
    ['111-11-1111', '111 11-1111'],
    ['111111111', '111-11-111a'],
  ],
  hexcolor: [
    ['#fff', 'FFFFFF'],
    ['#ff', 'fff0'],
  ],
  rgbcolor: [
    ['rgb(0,31,255)', 'rgb( 0 , 1 , 2 )'],
    ['rgb(1,349,1)', 'rgb(01,1,1)', 'rgba(1,1,1)'],
  ],
  byte: [
    ['YWI=', 'YQ==', 'YWJj'],
    ['', 'YQ', '====', 'Y*=='],
  ],
  password: [['', 'anything'], []],
  date: [['2024-02-29'], ['2023-02-29', '2024-2-29', '2024-13-01']],
  datetime: [
    ['2024-02-29T00:00:00Z', '2024-02-29t23:59:59.123+01:00'],
    ['2024-02-29', '2024-02-29T24:00:00Z', '2024-02-29 00:00:00Z', '2023-02-29T00:00:00Z'],
  ],
  duration: [
    ['1h', '1.5s', '1 day, 2 hours', '3 wk', '0', '10 \u00b5s'],
    ['', '5', 'abc', '1x', '99999999999999999999 d'],
  ],
  k8sshortname: [
    ['a-b', 'a'.repeat(63)],
    ['A', 'a.b', '-a', 'a'.repeat(64)],
  ],
  k8slongname: [
    ['a.b-c', 'a'.repeat(253)],
    ['a..b', 'a.', 'a'.repeat(254)],
  ],
}

for (const [format, [good, bad]] of Object.entries(table)) {
  test(`the format ${format}`, () => {
    for (const text of good) assert.equal(hasFormat(text, format), true, text)
    for (const text of bad) assert.equal(hasFormat(text, format), false, text)
  })
}

test('no text makes a format slow', () => {
  const length = 200_000
  const texts = [
    'a',
    '1',
    ' ',
    '-',
    '.',
    ':',
    '(',
    '"',
    '\\',
    '<',
    '1 ',
    'a.',
    '1:',
    '=?',
    '%',
    '0',
  ]
  withinMs(5000, () => {
    for (const format of Object.keys(table)) {
      for (const text of texts) hasFormat(text.repeat(length / text.length), format)
    }
  })
})
