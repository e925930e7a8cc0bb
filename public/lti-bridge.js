/**
 * LTI Bridge's helper for applications, served at /sdk/lti-bridge.js. Include it with
 *   <script src="https://your-bridge/sdk/lti-bridge.js"></script>
 * on the page that a launch with intent "select" opens, and call
 *   ltiBridge.select({ title: 'Fractions', points_possible: 10 }, { origin })   or   ltiBridge.cancel({ origin })
 * where origin is `context.lti.deep_linking.message_origin`. Each returns a promise: it resolves when the selection was
 * accepted (the page is about to close) and rejects with an Error that has `code` and `field` when it was not; then mend
 * it and call again. Without this script the same is: window.parent.postMessage({ type: 'lti', … }, origin).
 */
(function () {
  function post(message, options) {
    var origin = options && options.origin;
    return new Promise(function (resolve, reject) {
      if (!origin) return reject(new Error('ltiBridge: say { origin: context.lti.deep_linking.message_origin }'));
      function hear(event) {
        if (event.source !== window.parent || event.origin !== origin || !event.data) return;
        if (event.data.type !== 'lti.accepted' && event.data.type !== 'lti.error') return;
        window.removeEventListener('message', hear);
        if (event.data.type === 'lti.accepted') return resolve();
        var error = new Error(event.data.message);
        error.code = event.data.code;
        error.field = event.data.field;
        reject(error);
      }
      window.addEventListener('message', hear);
      window.parent.postMessage(message, origin);
    });
  }
  window.ltiBridge = {
    select: function (selection, options) {
      return post(Object.assign({}, selection, { type: 'lti' }), options);
    },
    cancel: function (options) {
      return post({ type: 'lti', cancel: true }, options);
    },
  };
})();
