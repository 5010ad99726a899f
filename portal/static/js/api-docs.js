// Starts Swagger UI over our own document. Its file comes from an installed package, see portal/web/assets.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("swagger-ui");
  const token = document.querySelector("meta[name=csrf-token]").content;
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    validatorUrl: null, // nothing is sent elsewhere
    requestInterceptor: (request) => {
      if (new URL(request.url, location.href).origin === location.origin) request.headers["X-CSRFToken"] = token;
      return request;
    },
  });
});
