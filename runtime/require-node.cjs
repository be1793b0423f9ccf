// Owns one refusal: a start on a Node that cannot run this code ends with one clear line.
// Plain script, loaded with -r before anything else, so that every older Node can parse it.
'use strict';

var WANTED_MAJOR = 26;
var major = Number(process.versions.node.split('.')[0]);
if (major < WANTED_MAJOR) {
  process.stderr.write(
    'Accrue needs Node ' +
      WANTED_MAJOR +
      ' or newer, this is ' +
      process.version +
      '. Node ' +
      WANTED_MAJOR +
      ' comes with `npm ci`: start through an npm script, or with node_modules/.bin/node.\n',
  );
  process.exit(1);
}
