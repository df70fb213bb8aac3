import assert from 'node:assert/strict';
import { EOL } from 'node:os';
import { describe, it } from 'node:test';
import { fileCommand, workflowCommand } from '../src/workflow-command.ts';

describe('workflow commands', () => {
  it('escapes what would end the message', () => {
    assert.equal(workflowCommand('error', {}, '100 %\r\nnext'), '::error::100 %25%0D%0Anext');
  });

  it('escapes what would end a property', () => {
    assert.equal(workflowCommand('error', { title: 'a:b,c%\n::d' }, 'x'), '::error title=a%3Ab%2Cc%25%0A%3A%3Ad::x');
  });
});

describe('file commands', () => {
  it('puts the value between delimiters', () => {
    assert.equal(fileCommand('owner', 'a\nb', '1'), ['owner<<ghadelimiter_1', 'a\nb', 'ghadelimiter_1', ''].join(EOL));
  });

  it('refuses a value that ends itself', () => {
    assert.throws(() => fileCommand('owner', 'x\nghadelimiter_1\nadmin<<y', '1'), /the value of `owner` contains its own delimiter/);
  });
});
