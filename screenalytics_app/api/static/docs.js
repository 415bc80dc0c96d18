// Shows the document of this server. In a file of its own, because the content security policy forbids inline scripts.
window.ui = SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true });
